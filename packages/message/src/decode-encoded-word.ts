import { decodeCharset, withoutControls } from "./charset.ts";
import { messageLimits } from "./limits.ts";

// Wider than RFC 2047 §2 on purpose: real senders write longer words, and spaces inside Q.
const ENCODED_WORD = /=\?([^?\s]{1,60})\?([BbQq])\?([^?]*)\?=/g;

const decodeQ = (text: string): Buffer =>
  Buffer.from(
    text
      .replaceAll("_", " ")
      .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );

/**
 * Decodes the RFC 2047 encoded-words of an unfolded header value, in any charset TextDecoder knows, others as
 * Latin-1. White space between two words disappears (§6.2); words of one charset are decoded together, since
 * careless senders split characters between them. Never throws; controls in the result become spaces.
 */
export const decodeEncodedWords = (value: string): string => {
  if (!value.includes("=?")) return value;
  const text = value.slice(0, messageLimits.decodedHeaderChars);
  let decoded = "";
  let end = 0;
  let charset = "";
  let pending: Buffer[] = [];
  const flush = (): void => {
    if (pending.length > 0) decoded += decodeCharset(Buffer.concat(pending), charset);
    pending = [];
  };
  for (const match of text.matchAll(ENCODED_WORD)) {
    const [word, label = "", encoding, payload = ""] = match;
    const between = text.slice(end, match.index);
    const bytes = encoding === "B" || encoding === "b" ? Buffer.from(payload, "base64") : decodeQ(payload);
    // RFC 2231 §5: "utf-8*en" names a language after the charset.
    const wordCharset = label.split("*", 1)[0] ?? label;
    const adjoins = end > 0 && between.trim() === "";
    if (!adjoins || wordCharset !== charset) flush();
    if (!adjoins) decoded += between;
    charset = wordCharset;
    pending.push(bytes);
    end = match.index + word.length;
  }
  flush();
  return withoutControls(decoded + text.slice(end));
};
