import { canonicalFields } from "./canonical-fields.ts";

/** A message of which there is only one reading: see `readPlainMessage`. */
export interface PlainMessage {
  /** The relaxed canonical fields, by name, top to bottom, each with its CRLF. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  /** DKIM-Signature fields as they stand, top to bottom, without their last CRLF. */
  readonly signatures: readonly string[];
  /** The one address in From. */
  readonly author: string;
  readonly body: Buffer;
}

const NOT_TEXT = /[^\t\r\n\x20-\x7e]|\r(?!\n)|(?<!\r)\n/;
const EMPTY_FOLD = /\n[ \t]*(?:\r|$)/;
const FIELD = /^[!-9;-~]{1,200}:/;
const MAX_ADDRESS_CHARS = 254;
const ADDRESS =
  /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/;
const QUOTED_NAME = /^"[^"\\<>@]*"$/;
const BARE_NAME = /^[^"\\<>@,;:()]*$/;

/**
 * Takes a message apart if there is no doubt how: its header is ASCII in whole lines, every field has a name and a colon, one From
 * names one address, and nothing of ARC is in it. Nearly all mail is like that.
 *
 * @returns null for any other message
 */
export function readPlainMessage(raw: Buffer): PlainMessage | null {
  const end = raw.indexOf("\r\n\r\n");
  if (end <= 0) return null;
  const header = raw.toString("latin1", 0, end);
  if (NOT_TEXT.test(header) || EMPTY_FOLD.test(header)) return null;
  const lines = header.split(/\r\n(?![ \t])/);
  if (!lines.every((line) => FIELD.test(line))) return null;
  const fields = canonicalFields(header);
  for (const name of fields.keys()) if (name.startsWith("arc-")) return null;
  const [from, ...others] = fields.get("from") ?? [];
  const author = from === undefined || others.length > 0 ? null : readAuthor(from.slice("from:".length, -2));
  if (author === null) return null;
  return {
    fields,
    signatures: lines.filter((line) => /^dkim-signature:/i.test(line)),
    author,
    body: raw.subarray(end + 4),
  };
}

/** `a@b.example` or `Name <a@b.example>`, with a name that holds nothing which could be an address too. */
function readAuthor(value: string): string | null {
  const open = value.indexOf("<");
  const name = value.slice(0, Math.max(open, 0)).trimEnd();
  if (!QUOTED_NAME.test(name) && !BARE_NAME.test(name)) return null;
  if (open !== -1 && !value.endsWith(">")) return null;
  const address = open === -1 ? value : value.slice(open + 1, -1);
  return address.length <= MAX_ADDRESS_CHARS && ADDRESS.test(address) ? address : null;
}
