import { decodeModifiedUtf7, encodeModifiedUtf7 } from "./modified-utf7.ts";

/** The hierarchy separator of every folder name. */
export const SEPARATOR = "/";

/** Octets of UTF-8 in a folder name: keeps index rows small, and no client needs more. */
const MAX_NAME_BYTES = 500;

/**
 * A folder name from the wire as the store spells it, or null if it cannot be one. `utf8` is true once the client
 * has enabled IMAP4rev2 (RFC 9051 §5.1): names are then UTF-8, before that modified UTF-7. Raw UTF-8 is understood
 * in both modes, since many clients send it; an invalid shift is taken literally only with `utf8`.
 */
export function readFolderName(wire: string, utf8: boolean): string | null {
  const ascii = /^[\x20-\x7e]*$/.test(wire);
  const name = utf8 || !ascii ? wire : decodeModifiedUtf7(wire);
  if (name === null || /\p{Cc}|\u{fffd}/u.test(name) || Buffer.byteLength(name) > MAX_NAME_BYTES) return null;
  return canonicalFolderName(name);
}

/** RFC 9051 §5.1: INBOX is the same in any case; NFC so that two spellings of "é" are one folder. */
export function canonicalFolderName(name: string): string {
  const normal = name.normalize("NFC");
  if (/^inbox$/i.test(normal)) return "INBOX";
  return /^inbox\//i.test(normal) ? `INBOX${normal.slice(5)}` : normal;
}

/** The name for the wire, not quoted yet. */
export function writeFolderName(name: string, utf8: boolean): string {
  return utf8 ? name : encodeModifiedUtf7(name);
}

/** True if a folder may be created with that name: no empty level, no wildcard. */
export function isCreatableName(name: string): boolean {
  return name !== "" && !/[*%]/.test(name) && name.split(SEPARATOR).every((level) => level.trim() !== "");
}
