import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A mail read from disk, or why it was not. */
export type MailFile =
  | { readonly kind: "mail"; readonly file: string; readonly raw: Buffer }
  | { readonly kind: "unreadable"; readonly file: string; readonly error: string };

/** Twice what large providers let through; a file beyond it is no mail. */
const MAX_FILE_BYTES = 128 * 1024 * 1024;

/**
 * Reads mails one after the other, so that any number of them costs the memory of one.
 *
 * @param names files, and directories, of which all files are read with those of the directories in them, by name; hidden ones and
 *   links to directories are passed over
 */
export async function* readMailFiles(
  names: Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<MailFile> {
  for await (const name of names) {
    try {
      const about = await stat(name);
      if (about.isDirectory()) yield* readMailFiles(await filesIn(name));
      else if (!about.isFile()) yield { kind: "unreadable", file: name, error: "is not a file" };
      else if (about.size > MAX_FILE_BYTES) yield { kind: "unreadable", file: name, error: "is too large" };
      else yield { kind: "mail", file: name, raw: await readFile(name) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      yield { kind: "unreadable", file: name, error: message };
    }
  }
}

/** The lines of a stream that are not empty. */
export async function* readLines(input: NodeJS.ReadableStream): AsyncGenerator<string> {
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line !== "") yield line;
  }
}

async function filesIn(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => !name.startsWith("."))
    .toSorted()
    .map((name) => join(directory, name));
}
