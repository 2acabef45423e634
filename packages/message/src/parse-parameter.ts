import { decodeCharset } from "./charset.ts";
import { messageLimits } from "./limits.ts";

/** Parameters as they stand in the header: names in lower case, values unquoted, RFC 2231 not yet decoded. */
export type Parameters = readonly (readonly [name: string, value: string])[];

const isSpace = (char: string): boolean => char === " " || char === "\t" || char === "\r" || char === "\n";

/** Index after white space and comments (RFC 5322 §3.2.2, nested) from `at` on. */
const skipCfws = (text: string, at: number): number => {
  let i = at;
  let depth = 0;
  for (; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === "(") depth++;
    else if (depth > 0) {
      if (char === "\\") i++;
      else if (char === ")") depth--;
    } else if (!isSpace(char)) break;
  }
  return i;
};

const readValue = (text: string, at: number): { value: string; end: number } => {
  if (text.charAt(at) !== '"') {
    let end = at;
    while (end < text.length && text.charAt(end) !== ";" && !isSpace(text.charAt(end))) end++;
    return { value: text.slice(at, end), end };
  }
  let value = "";
  let i = at + 1;
  for (; i < text.length && text.charAt(i) !== '"'; i++) {
    if (text.charAt(i) === "\\" && i + 1 < text.length) i++;
    value += text.charAt(i);
  }
  return { value, end: i + 1 };
};

/**
 * Reads `value; name=value; name="value"` (RFC 2045 §5.1, RFC 2183). Tolerant: what makes no sense is skipped up to
 * the next semicolon. At most 64 parameters of the first 16 KB.
 */
export const parseParameterized = (input: string): { value: string; params: Parameters } => {
  const text = input.slice(0, messageLimits.parameterTextChars);
  let i = skipCfws(text, 0);
  let start = i;
  while (i < text.length && text.charAt(i) !== ";" && text.charAt(i) !== "(") i++;
  const value = text.slice(start, i).trim();
  const params: [string, string][] = [];
  while (i < text.length && params.length < messageLimits.parameters) {
    const semicolon = text.indexOf(";", i);
    if (semicolon === -1) break;
    i = skipCfws(text, semicolon + 1);
    start = i;
    while (i < text.length && text.charAt(i) !== "=" && text.charAt(i) !== ";") i++;
    if (text.charAt(i) !== "=") continue;
    const name = text.slice(start, i).trim().toLowerCase();
    const read = readValue(text, skipCfws(text, i + 1));
    i = read.end;
    if (name !== "" && !/\s/.test(name)) params.push([name, read.value]);
  }
  return { value, params };
};

const percentDecode = (text: string): Buffer =>
  Buffer.from(
    text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );

// name, name*, name*0, name*0* (RFC 2231 §3, §4, §4.1).
const EXTENDED_NAME = /^([^*]+)(?:\*(\d{1,3}))?(\*)?$/;

/**
 * One parameter, decoded: RFC 2231 charset, percent-encoding and continuations put together; the plain form when
 * there is no other. Undefined when the parameter is absent.
 */
export const decodeParameter = (params: Parameters, name: string): string | undefined => {
  const pieces: { index: number; encoded: boolean; value: string }[] = [];
  let plain: string | undefined;
  for (const [key, value] of params) {
    const match = EXTENDED_NAME.exec(key);
    if (match === null || match[1] !== name) continue;
    if (match[2] === undefined && match[3] === undefined) plain ??= value;
    else pieces.push({ index: Number(match[2] ?? 0), encoded: match[3] !== undefined, value });
  }
  if (pieces.length === 0) return plain;
  pieces.sort((a, b) => a.index - b.index);
  let charset = "utf-8";
  const bytes = pieces.map((piece, position) => {
    if (!piece.encoded) return Buffer.from(piece.value);
    let value = piece.value;
    const marks = position === 0 ? /^([^']*)'[^']*'/.exec(value) : null;
    if (marks !== null) {
      charset = marks[1] || "utf-8";
      value = value.slice(marks[0].length);
    }
    return percentDecode(value);
  });
  return decodeCharset(Buffer.concat(bytes), charset);
};
