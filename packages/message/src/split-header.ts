import { decodeUnlabelled, withoutControls } from "./charset.ts";
import { messageLimits } from "./limits.ts";

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;

/** One field as received. */
export type HeaderField = {
  /** As written, without the white space that obsolete syntax allows before the colon. */
  readonly name: string;
  /** Unfolded and trimmed text, still RFC 2047-encoded; UTF-8, or Latin-1 when it is not that. No controls but TAB. */
  readonly value: string;
  /** The exact bytes with their line end: a view, not a copy. */
  readonly line: Buffer;
};

/** Where one field stands: `[start, end)` with its line end, and the index of its colon. */
export type FieldRange = { readonly start: number; readonly colon: number; readonly end: number };

/** Index after the line end that closes the line at `at`, or `limit`. */
const nextLine = (raw: Buffer, at: number, limit: number): number => {
  const lf = raw.indexOf(LF, at);
  return lf === -1 || lf >= limit ? limit : lf + 1;
};

/** True when the line at `at` is empty: CRLF, or the bare LF of files that lost their CRs. */
const isEmptyLine = (raw: Buffer, at: number): boolean =>
  raw[at] === LF || (raw[at] === CR && raw[at + 1] === LF);

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x09;

/** Index of the colon when a field starts at `start`: ftext, then optional white space, then ":"; otherwise -1. */
const findColon = (raw: Buffer, start: number, end: number): number => {
  let i = start;
  while (i < end && (raw[i] ?? 0) > 0x20 && (raw[i] ?? 0) < 0x7f && raw[i] !== COLON) i++;
  if (i === start) return -1;
  while (i < end && isSpace(raw[i])) i++;
  return i < end && raw[i] === COLON ? i : -1;
};

/**
 * Walks the fields of the header at `start`, without a bound on their number: lazily, in time linear in the header.
 * Lines that are neither a field nor its continuation are passed over. The walk ends at the empty line, at `limit`,
 * or where `stopAt` says; it returns the index at which the body begins.
 */
export function* headerFieldRanges(
  raw: Buffer,
  start = 0,
  limit = raw.length,
  stopAt?: (lineStart: number, lineEnd: number) => boolean,
): Generator<FieldRange, number> {
  let at = start;
  let open: { start: number; colon: number } | undefined;
  while (at < limit) {
    if (isEmptyLine(raw, at)) {
      if (open !== undefined) yield { ...open, end: at };
      return nextLine(raw, at, limit);
    }
    const lineEnd = nextLine(raw, at, limit);
    if (stopAt?.(at, lineEnd) === true) break;
    // RFC 5322 §2.2.3: a line that starts with white space continues the field above.
    if (!(isSpace(raw[at]) && open !== undefined)) {
      if (open !== undefined) yield { ...open, end: at };
      const colon = findColon(raw, at, lineEnd);
      open = colon === -1 ? undefined : { start: at, colon };
    }
    at = lineEnd;
  }
  if (open !== undefined) yield { ...open, end: at };
  return at;
}

/** Reads one field from its range. */
export const readField = (raw: Buffer, range: FieldRange): HeaderField => {
  const text = decodeUnlabelled(raw.subarray(range.colon + 1, range.end));
  const unfolded = text.includes("\n") ? text.replace(/\r?\n/g, "") : text;
  return {
    name: raw.toString("latin1", range.start, range.colon).trimEnd(),
    value: withoutControls(unfolded).trim(),
    line: raw.subarray(range.start, range.end),
  };
};

/**
 * Reads the fields of a header. At most 5,000 fields of the first megabyte are kept; the body is found wherever it is.
 *
 * @returns `bodyStart`, the index after the empty line (or the limit, when there is none).
 */
export const readHeader = (
  raw: Buffer,
  start = 0,
  limit = raw.length,
  stopAt?: (lineStart: number, lineEnd: number) => boolean,
): { fields: HeaderField[]; bodyStart: number } => {
  const fields: HeaderField[] = [];
  const ranges = headerFieldRanges(raw, start, limit, stopAt);
  for (;;) {
    const next = ranges.next();
    if (next.done === true) return { fields, bodyStart: next.value };
    const isWithin =
      fields.length < messageLimits.headerFields && next.value.end - start <= messageLimits.headerBytes;
    if (isWithin) fields.push(readField(raw, next.value));
  }
};

/** A message cut at the empty line between its header and its body. */
export type SplitMessage = {
  /** The header's exact bytes, the empty line not included. */
  readonly header: Buffer;
  readonly body: Buffer;
  readonly fields: readonly HeaderField[];
};

/** Cuts a raw message into header and body. Tolerant (bare LF, junk lines, no body) and never throws. */
export const splitHeader = (raw: Buffer): SplitMessage => {
  const { fields, bodyStart } = readHeader(raw);
  let headerEnd = bodyStart;
  // Take the empty line off again, if one ended the header: it is CRLF or LF after a line end, or at the very start.
  if (headerEnd > 0 && raw[headerEnd - 1] === LF) {
    const emptyStart = headerEnd >= 2 && raw[headerEnd - 2] === CR ? headerEnd - 2 : headerEnd - 1;
    if (emptyStart === 0 || raw[emptyStart - 1] === LF) headerEnd = emptyStart;
  }
  return { header: raw.subarray(0, headerEnd), body: raw.subarray(bodyStart), fields };
};

/** The value of the first field of that name (any case), or undefined. */
export const firstValue = (fields: readonly HeaderField[], name: string): string | undefined => {
  const lowerName = name.toLowerCase();
  return fields.find((field) => field.name.toLowerCase() === lowerName)?.value;
};
