/** Values for the wire, by the rules of RFC 9051 §9. A literal holds octets, so results are buffers or strings. */

/** Longest value sent as a quoted string; longer ones are literals. */
const MAX_QUOTED = 1_000;

/** `string`: quoted if it can be, a literal otherwise. The text is Latin-1 if `encoding` says so, else UTF-8. */
export function encodeString(value: string, encoding: "utf8" | "latin1" = "utf8"): string | Buffer {
  if (value.length <= MAX_QUOTED && /^[\x20-\x7e]*$/.test(value)) return quote(value);
  return encodeLiteral(Buffer.from(value, encoding));
}

/** `nstring`. */
export function encodeNstring(value: string | null | undefined): string | Buffer {
  return value === null || value === undefined ? "NIL" : encodeString(value);
}

/** A quoted string; the caller knows that there is no CR, LF or NUL in it. UTF-8 is allowed by RFC 9051 §4.3. */
function quote(value: string): string {
  return `"${value.replace(/["\\]/g, "\\$&")}"`;
}

/** A literal, or a literal8 if the octets contain NUL (RFC 3516 §4.2). */
export function encodeLiteral(bytes: Buffer, binary = false): Buffer {
  const prefix = binary && bytes.includes(0) ? "~" : "";
  return Buffer.concat([Buffer.from(`${prefix}{${bytes.length}}\r\n`), bytes]);
}

/** A folder name as `astring`; always quoted, which every client reads. */
export function encodeFolderName(wireName: string): string {
  return quote(wireName);
}

/** `( a b c )`. */
export function encodeList(items: readonly (string | Buffer)[]): Buffer {
  return joinWords(["(", ...items.flatMap((item, index) => (index === 0 ? [item] : [" ", item])), ")"]);
}

/** The pieces one after the other. */
export function joinWords(pieces: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece) : piece)));
}
