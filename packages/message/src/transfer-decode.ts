const CR = 0x0d;
const LF = 0x0a;
const EQUALS = 0x3d;

const hexValue = (byte: number | undefined): number => {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  if (byte >= 0x41 && byte <= 0x46) return byte - 0x37;
  if (byte >= 0x61 && byte <= 0x66) return byte - 0x57;
  return -1;
};

/** Index of the line end if only white space stands between `at` and it, otherwise -1. */
const lineEndAfterSpace = (bytes: Buffer, at: number): number => {
  let i = at;
  while (bytes[i] === 0x20 || bytes[i] === 0x09) i++;
  if (bytes[i] === LF) return i + 1;
  if (bytes[i] === CR && bytes[i + 1] === LF) return i + 2;
  return i >= bytes.length ? bytes.length : -1;
};

/** Decodes quoted-printable. Tolerant as RFC 2045 §6.7 advises: a wrong =XX is kept as it stands. */
export const decodeQuotedPrintable = (bytes: Buffer): Buffer => {
  const out = Buffer.allocUnsafe(bytes.length);
  let at = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte !== EQUALS) {
      out[at++] = byte;
      continue;
    }
    const high = hexValue(bytes[i + 1]);
    const low = hexValue(bytes[i + 2]);
    if (high >= 0 && low >= 0) {
      out[at++] = high * 16 + low;
      i += 2;
      continue;
    }
    const lineEnd = lineEndAfterSpace(bytes, i + 1);
    if (lineEnd === -1) out[at++] = byte;
    else i = lineEnd - 1;
  }
  return out.subarray(0, at);
};

/** Decodes base64, ignoring what is not of its alphabet (RFC 2045 §6.8). */
export const decodeBase64 = (bytes: Buffer): Buffer => Buffer.from(bytes.toString("latin1"), "base64");

/** Decodes a body by its Content-Transfer-Encoding. Unknown encodings and the identities return the bytes given. */
export const decodeTransfer = (bytes: Buffer, encoding: string): Buffer => {
  switch (encoding.trim().toLowerCase()) {
    case "quoted-printable":
      return decodeQuotedPrintable(bytes);
    case "base64":
      return decodeBase64(bytes);
    default:
      return bytes;
  }
};
