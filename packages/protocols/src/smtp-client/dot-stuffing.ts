const LF = 0x0a;
const DOT = 0x2e;
const LINE_START_DOT = Buffer.from("\n.");

/**
 * RFC 5321 §4.5.2: a dot before each line that begins with one. Returns `raw` itself when there is none.
 *
 * A bare LF counts as a line's end here: a message that has one breaks the rules already (RFC 5321 §2.3.8), but so it cannot end
 * the DATA of a server that takes LF for CRLF (SMTP smuggling, CVE-2023-51764).
 */
export function stuffDots(raw: Buffer): Buffer {
  const places: number[] = raw[0] === DOT ? [0] : [];
  for (let at = raw.indexOf(LINE_START_DOT); at >= 0; at = raw.indexOf(LINE_START_DOT, at + 2))
    places.push(at + 1);
  if (places.length === 0) return raw;
  const stuffed = Buffer.allocUnsafe(raw.length + places.length);
  let from = 0;
  let to = 0;
  for (const place of places) {
    to += raw.copy(stuffed, to, from, place);
    stuffed[to++] = DOT;
    from = place;
  }
  raw.copy(stuffed, to, from);
  return stuffed;
}

/** What ends the DATA of this message: the final dot, and a line end before it where the message lacks one. */
export const endOfData = (raw: Buffer): string =>
  raw.length === 0 || (raw.at(-1) === LF && raw.at(-2) === 0x0d) ? ".\r\n" : "\r\n.\r\n";
