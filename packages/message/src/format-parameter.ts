// RFC 2045 §5.1 token characters.
const TOKEN = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+$/;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
// Characters of one parameter piece: with its name and number a line stays within 78.
const PIECE_CHARS = 50;

// RFC 2231 §7 attribute-char: a token character that is not *, ' or %.
const isAttributeChar = (byte: number): boolean => {
  const char = String.fromCharCode(byte);
  return byte < 0x7f && TOKEN.test(char) && char !== "*" && char !== "'" && char !== "%";
};

/**
 * Formats parameters of Content-Type or Content-Disposition, each with its leading `; `. A value of printable
 * ASCII goes out as a token or quoted-string, any other as `name*=utf-8''...` (RFC 2231 §4), in numbered pieces
 * when it is long (§3). Beside a `filename*` no plain `filename` is written: RFC 6266's fallback is for HTTP.
 *
 * Line breaks, NUL and other controls in a value are percent-encoded, so a file name cannot inject a header.
 */
export const formatParameter = (name: string, value: string): string => {
  if (PRINTABLE_ASCII.test(value) && value.length <= PIECE_CHARS) {
    return TOKEN.test(value) ? `; ${name}=${value}` : `; ${name}="${value.replace(/["\\]/g, "\\$&")}"`;
  }
  // Pieces break between characters only, so that each can be decoded by readers that decode them one by one.
  const pieces: string[] = [];
  let piece = "utf-8''";
  for (const char of value.toWellFormed()) {
    let encoded = "";
    for (const byte of Buffer.from(char)) {
      encoded += isAttributeChar(byte)
        ? String.fromCharCode(byte)
        : `%${byte < 16 ? "0" : ""}${byte.toString(16).toUpperCase()}`;
    }
    if (piece.length + encoded.length > PIECE_CHARS) {
      pieces.push(piece);
      piece = "";
    }
    piece += encoded;
  }
  pieces.push(piece);
  if (pieces.length === 1) return `; ${name}*=${piece}`;
  return pieces.map((text, index) => `; ${name}*${index}*=${text}`).join("");
};
