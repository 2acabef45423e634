/** Undoes a Content-Transfer-Encoding (RFC 2045 §6), tolerantly; null if the encoding is unknown. */
export function decodeTransferEncoding(body: Buffer, encoding: string): Buffer | null {
  switch (encoding) {
    case "":
    case "7bit":
    case "8bit":
    case "binary":
      return body;
    case "base64":
      // Buffer's decoder passes over line ends and junk, as RFC 2045 §6.8 asks.
      return Buffer.from(body.toString("latin1"), "base64");
    case "quoted-printable":
      return decodeQuotedPrintable(body);
    default:
      return null;
  }
}

function decodeQuotedPrintable(body: Buffer): Buffer {
  const out = Buffer.allocUnsafe(body.length);
  let used = 0;
  for (let i = 0; i < body.length; i += 1) {
    const byte = body[i] ?? 0;
    if (byte !== 0x3d) {
      out[used] = byte;
      used += 1;
      continue;
    }
    const softBreak = body[i + 1] === 0x0a ? 1 : body[i + 1] === 0x0d && body[i + 2] === 0x0a ? 2 : 0;
    if (softBreak > 0) {
      i += softBreak;
      continue;
    }
    const high = hexValue(body[i + 1]);
    const low = hexValue(body[i + 2]);
    // RFC 2045 §6.7 note: a "=" that starts nothing valid is kept as it stands.
    out[used] = high < 0 || low < 0 ? byte : high * 16 + low;
    used += 1;
    if (high >= 0 && low >= 0) i += 2;
  }
  return out.subarray(0, used);
}

function hexValue(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const upper = byte & 0xdf;
  return upper >= 0x41 && upper <= 0x46 ? upper - 0x37 : -1;
}
