import { encodeWords, needsEncodedWords } from "./encode-word.ts";
import { messageLimits } from "./limits.ts";
import { MessageError } from "./message-error.ts";

/** One field of a header we write. `line` is text (UTF-8 when sent), folded, and ends in CRLF. */
export type HeaderLine = { readonly name: string; readonly line: string };

// RFC 5322 §2.2: field names are printable ASCII except the colon.
const FIELD_NAME = /^[\x21-\x39\x3b-\x7e]{1,76}$/;

/**
 * Says what keeps a name and value from becoming a header field, or undefined when nothing does.
 * CR, LF and NUL are refused wherever they stand: they are how one header becomes two (header injection).
 */
export const headerProblem = (name: string, value: string): string | undefined => {
  if (!FIELD_NAME.test(name))
    return "the header name must be 1 to 76 printable ASCII characters without a colon";
  if (value.includes("\r") || value.includes("\n")) return `the value of ${name} contains CR or LF`;
  if (value.includes("\0")) return `the value of ${name} contains a NUL`;
  return undefined;
};

/** Throws what headerProblem says. */
const refuseProblem = (name: string, value: string): void => {
  const problem = headerProblem(name, value);
  if (problem === undefined) return;
  throw new MessageError(FIELD_NAME.test(name) ? "header-value" : "header-name", problem);
};

const fold = (name: string, value: string): string => {
  let folded = `${name}:`;
  let lineChars = folded.length;
  let lineBytes = lineChars;
  // A piece is a word with the white space before it: the only places a field may be folded (RFC 5322 §2.2.3).
  for (const [piece] of ` ${value}`.matchAll(/[ \t]+[^ \t]+/g)) {
    const bytes = Buffer.byteLength(piece);
    // RFC 2047 §2 keeps a line with an encoded-word two characters shorter.
    const soft = piece.includes("=?")
      ? messageLimits.encodedWordLineChars
      : messageLimits.headerLineSoftChars;
    if (lineChars + piece.length > soft && lineChars > name.length + 1) {
      folded += "\r\n";
      lineChars = 0;
      lineBytes = 0;
    }
    folded += piece;
    lineChars += piece.length;
    lineBytes += bytes;
    if (lineBytes > messageLimits.lineHardBytes) {
      throw new MessageError("line-too-long", `a word in ${name} is too long for a header line`);
    }
  }
  return folded;
};

/**
 * Writes a structured field (ids, dates, addresses already formatted): the value goes out as it is, folded at its
 * spaces at 78 characters (RFC 5322 §2.1.1).
 *
 * @throws MessageError `header-name`, `header-value` (CR, LF or NUL inside) or `line-too-long` (a word over 998 octets).
 */
export const formatHeaderField = (name: string, value: string): HeaderLine => {
  refuseProblem(name, value);
  const trimmed = value.trim();
  if (name.length + 2 + trimmed.length <= messageLimits.headerLineSoftChars) {
    return { name, line: `${name}: ${trimmed}\r\n` };
  }
  return { name, line: `${fold(name, trimmed)}\r\n` };
};

/**
 * Writes an unstructured field (Subject, X-...): what is not printable ASCII is encoded per RFC 2047.
 *
 * @throws MessageError as formatHeaderField does.
 */
export const formatTextField = (name: string, value: string): HeaderLine => {
  // Before the encoding, which would hide a line break instead of refusing it, and before trim, which would drop it.
  refuseProblem(name, value);
  const trimmed = value.trim();
  if (!needsEncodedWords(trimmed)) return formatHeaderField(name, trimmed);
  return formatHeaderField(name, encodeWords(trimmed, name.length + 2));
};
