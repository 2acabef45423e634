import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** A file that a mail program wrote. */
export interface MailFile {
  readonly path: string;
  readonly raw: Buffer;
}

/** What mbsync and neomutt add to a header. */
const ADDED = /^(?:X-TUID|Content-Length|Lines): .*\n/gm;

/**
 * A message as programs keep it: what they add to its header is left out, and so are line ends and empty lines at the end, which POP3
 * and Maildir do not keep.
 */
export function digestOf(raw: Buffer): string {
  const text = raw.toString("latin1").replaceAll("\r\n", "\n").replaceAll(ADDED, "").trimEnd();
  return createHash("sha256").update(text, "latin1").digest("hex");
}

/** The last words of a message. */
export function endingOf(raw: Buffer): string {
  return raw.toString("latin1").replaceAll("\r\n", "\n").trimEnd().slice(-16);
}

/** Those of the first list that the second does not have, as often as it lacks them. */
export function lacking(wanted: readonly string[], found: readonly string[]): readonly string[] {
  const left = new Map<string, number>();
  for (const one of found) left.set(one, (left.get(one) ?? 0) + 1);
  return wanted.filter((one) => {
    const count = left.get(one) ?? 0;
    left.set(one, count - 1);
    return count <= 0;
  });
}

/** The messages of a directory, or of a Maildir. */
export async function readMail(directory: string): Promise<MailFile[]> {
  const found: MailFile[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.name.startsWith(".") || entry.name === "tmp") continue;
    if (entry.isDirectory()) found.push(...(await readMail(path)));
    else found.push({ path, raw: await readFile(path) });
  }
  return found;
}

/** The messages of batch SMTP, between DATA and the final dot. */
export function splitBatch(batch: Buffer): Buffer[] {
  return batch
    .toString("latin1")
    .replaceAll("\r\n", "\n")
    .split(/^DATA\n/m)
    .slice(1)
    .map((one) => Buffer.from(one.slice(0, one.search(/^\.$/m)).replaceAll(/^\.\./gm, "."), "latin1"));
}
