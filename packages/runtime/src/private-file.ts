import { randomBytes } from "node:crypto";
import { link, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/** True for an error of the file system with this code, such as `ENOENT`. */
function isFileError(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** The text of a file, or null when there is none. */
export async function readFileIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isFileError(error, "ENOENT")) return null;
    throw error;
  }
}

/** Writes beside `path`, mode 0600, forced to the disk: a name that appears later never shows half a file. */
async function writeTemporary(path: string, text: string): Promise<string> {
  const temporary = `${path}.${process.pid}.${randomBytes(6).toString("hex")}.tmp`;
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  return temporary;
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Replaces a file in one step, mode 0600. */
export async function replacePrivateFile(path: string, text: string): Promise<void> {
  const temporary = await writeTemporary(path, text);
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Creates a file in one step, mode 0600, unless the name is taken. link(2), because rename(2) would overwrite. */
export async function createPrivateFile(path: string, text: string): Promise<"created" | "taken"> {
  const temporary = await writeTemporary(path, text);
  try {
    await link(temporary, path);
  } catch (error) {
    if (isFileError(error, "EEXIST")) return "taken";
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  await syncDirectory(dirname(path));
  return "created";
}

/** The trimmed text of a file; makes it first when it is missing. Processes that race all get the same text. */
export async function readOrCreatePrivateFile(
  directory: string,
  name: string,
  make: () => string,
): Promise<{ readonly text: string; readonly created: boolean }> {
  const path = join(directory, name);
  for (;;) {
    const existing = await readFileIfThere(path);
    if (existing !== null) return { text: existing.trim(), created: false };
    const text = make();
    if ((await createPrivateFile(path, `${text}\n`)) === "created") return { text, created: true };
  }
}
