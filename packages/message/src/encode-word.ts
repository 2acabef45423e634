import { messageLimits } from "./limits.ts";

const PREFIX_CHARS = "=?utf-8?Q?".length;
const OVERHEAD_CHARS = PREFIX_CHARS + "?=".length;

// RFC 2047 §5 (3): the characters that may stand for themselves in a display name, the strictest place.
const isPlainQ = (byte: number): boolean =>
  (byte >= 0x61 && byte <= 0x7a) ||
  (byte >= 0x41 && byte <= 0x5a) ||
  (byte >= 0x30 && byte <= 0x39) ||
  byte === 0x21 || // !
  byte === 0x2a || // *
  byte === 0x2b || // +
  byte === 0x2d || // -
  byte === 0x2f; // /

const encodeQ = (bytes: Buffer): string => {
  let text = "";
  for (const byte of bytes) {
    if (byte === 0x20) text += "_";
    else if (isPlainQ(byte)) text += String.fromCharCode(byte);
    else text += `=${byte < 16 ? "0" : ""}${byte.toString(16).toUpperCase()}`;
  }
  return text;
};

const sizeQ = (bytes: Buffer): number => {
  let chars = 0;
  for (const byte of bytes) chars += byte === 0x20 || isPlainQ(byte) ? 1 : 3;
  return chars;
};

/**
 * Encodes a text as RFC 2047 encoded-words in UTF-8, B or Q, whichever is shorter for this text. A character is
 * never split between two words (RFC 2047 §5).
 *
 * @param text any text; half surrogates become U+FFFD.
 * @param usedChars characters already on the first line, so that it stays within 76 (RFC 2047 §2).
 * @returns the words, separated by single spaces, where the field may be folded. Empty for an empty text.
 */
export const encodeWords = (text: string, usedChars = 0): string => {
  if (text === "") return "";
  const wellFormed = text.toWellFormed();
  const whole = Buffer.from(wellFormed);
  const qChars = sizeQ(whole);
  const useQ = qChars <= Math.ceil(whole.length / 3) * 4;
  // A field name longer than half a line gets its first word on the next one instead of a useless stub.
  const firstRoom = Math.min(messageLimits.encodedWordLineChars - usedChars, messageLimits.encodedWordChars);
  let room = (firstRoom < OVERHEAD_CHARS + 12 ? messageLimits.encodedWordChars : firstRoom) - OVERHEAD_CHARS;

  const words: string[] = [];
  const flush = (piece: string): void => {
    const bytes = Buffer.from(piece);
    words.push(useQ ? `=?utf-8?Q?${encodeQ(bytes)}?=` : `=?utf-8?B?${bytes.toString("base64")}?=`);
    room = messageLimits.encodedWordChars - OVERHEAD_CHARS;
  };
  let piece = "";
  let pieceSize = 0;
  for (const char of wellFormed) {
    const bytes = Buffer.from(char);
    const size = useQ ? sizeQ(bytes) : bytes.length;
    const wouldBe = useQ ? pieceSize + size : Math.ceil((pieceSize + size) / 3) * 4;
    if (piece !== "" && wouldBe > room) {
      flush(piece);
      piece = "";
      pieceSize = 0;
    }
    piece += char;
    pieceSize += size;
  }
  flush(piece);
  return words.join(" ");
};

/**
 * True when a text cannot stand in a header as it is: it is not printable ASCII, it would be read as an
 * encoded-word, or it has a word too long for a line.
 */
export const needsEncodedWords = (text: string): boolean =>
  /[^\x20-\x7e\t]|=\?/.test(text) || (text.length > 900 && /[^ \t]{900}/.test(text));
