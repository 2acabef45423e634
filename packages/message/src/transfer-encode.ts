import { messageLimits } from "./limits.ts";

/** Content-Transfer-Encoding values this package writes (RFC 2045 §6). */
export type TransferEncoding = "7bit" | "8bit" | "quoted-printable" | "base64";

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const EQUALS = 0x3d;
const HEX = Buffer.from("0123456789ABCDEF");
// RFC 2045 §6.7 (5): encoded lines have at most 76 characters, the soft break included.
const QP_LINE_CHARS = 76;
// 57 bytes make a base64 line of 76 characters (RFC 2045 §6.8).
const BASE64_LINE_BYTES = 57;

/** What a text looks like to the choice of its encoding. Lengths in bytes, line ends not counted. */
export type TextMeasure = {
  readonly longestLineBytes: number;
  /** Bytes that quoted-printable must write as =XX. */
  readonly encodedBytes: number;
  readonly hasEightBit: boolean;
  readonly hasNul: boolean;
};

/** Measures content whose lines end in CRLF, in one pass. */
export const measureText = (bytes: Buffer): TextMeasure => {
  let longestLineBytes = 0;
  let encodedBytes = 0;
  let hasEightBit = false;
  let hasNul = false;
  let lineStart = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte > SPACE && byte < 0x7f) {
      if (byte === EQUALS) encodedBytes++;
    } else if (byte === LF) {
      const lineBytes = i - lineStart - (bytes[i - 1] === CR ? 1 : 0);
      if (lineBytes > longestLineBytes) longestLineBytes = lineBytes;
      lineStart = i + 1;
    } else if (byte !== SPACE && byte !== TAB && byte !== CR) {
      encodedBytes++;
      if (byte > 0x7f) hasEightBit = true;
      else if (byte === 0) hasNul = true;
    }
  }
  longestLineBytes = Math.max(longestLineBytes, bytes.length - lineStart);
  return { longestLineBytes, encodedBytes, hasEightBit, hasNul };
};

/**
 * The encoding for a text part with CRLF line ends: 7bit when every path carries it unchanged (ASCII, no NUL, lines
 * up to 998 octets; RFC 2045 §2.7), otherwise quoted-printable or base64, whichever is smaller.
 */
export const chooseTextEncoding = (bytes: Buffer, measure = measureText(bytes)): TransferEncoding => {
  const { longestLineBytes, encodedBytes, hasEightBit, hasNul } = measure;
  if (!hasEightBit && !hasNul && longestLineBytes <= messageLimits.lineHardBytes) return "7bit";
  return encodedBytes * 2 <= bytes.length / 3 ? "quoted-printable" : "base64";
};

/**
 * Encodes content with CRLF line ends as quoted-printable (RFC 2045 §6.7). A bare CR or LF is written as =0D, =0A:
 * it is data, not a line end.
 */
export const encodeQuotedPrintable = (
  bytes: Buffer,
  encodedBytes = measureText(bytes).encodedBytes,
): Buffer => {
  // Each =XX adds two characters, each soft break three per 73 or more; a space before each line end at most two.
  const plain = bytes.length + encodedBytes * 2;
  let out = Buffer.allocUnsafe(plain + Math.ceil(plain / 70) * 3 + 64);
  let at = 0;
  let column = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (at + 16 > out.length) out = Buffer.concat([out.subarray(0, at)], out.length * 2);
    const byte = bytes[i] ?? 0;
    if (byte === CR && bytes[i + 1] === LF) {
      out[at++] = CR;
      out[at++] = LF;
      i++;
      column = 0;
      continue;
    }
    // RFC 2045 §6.7 (3): white space at the end of a line must be encoded.
    const atLineEnd = i + 1 >= bytes.length || (bytes[i + 1] === CR && bytes[i + 2] === LF);
    const isPlain =
      byte === SPACE || byte === TAB ? !atLineEnd : byte > SPACE && byte < 0x7f && byte !== EQUALS;
    const width = isPlain ? 1 : 3;
    // The last character of a line may fill column 76; any other leaves room for the "=" of a soft break.
    if (column + width > (atLineEnd ? QP_LINE_CHARS : QP_LINE_CHARS - 1)) {
      out[at++] = EQUALS;
      out[at++] = CR;
      out[at++] = LF;
      column = 0;
    }
    if (isPlain) {
      out[at++] = byte;
    } else {
      out[at++] = EQUALS;
      out[at++] = HEX[byte >> 4] ?? 0;
      out[at++] = HEX[byte & 15] ?? 0;
    }
    column += width;
  }
  return out.subarray(0, at);
};

/** Encodes bytes as base64 in lines of 76 characters, each ending in CRLF (RFC 2045 §6.8). */
export const encodeBase64 = (bytes: Buffer): Buffer => {
  const lines = Math.ceil(bytes.length / BASE64_LINE_BYTES);
  const chars = Math.ceil(bytes.length / 3) * 4;
  const out = Buffer.allocUnsafe(chars + lines * 2);
  let at = 0;
  for (let start = 0; start < bytes.length; start += BASE64_LINE_BYTES) {
    at += out.write(
      bytes.toString("base64", start, Math.min(start + BASE64_LINE_BYTES, bytes.length)),
      at,
      "latin1",
    );
    out[at++] = CR;
    out[at++] = LF;
  }
  return out.subarray(0, at);
};
