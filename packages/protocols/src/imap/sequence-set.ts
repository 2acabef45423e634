import type { UidRange } from "./search-program.ts";

/** An end of a range: a number, or `*` for the largest number in use. */
export type SequenceEnd = number | "*";

/** `sequence-set` of RFC 9051 §9: ranges as written, or `$`, the saved search result. */
export type SequenceSet =
  | { readonly kind: "ranges"; readonly ranges: readonly (readonly [SequenceEnd, SequenceEnd])[] }
  | { readonly kind: "saved" };

const NUMBER = "[1-9]\\d{0,9}";
const RANGE = new RegExp(`^(${NUMBER}|\\*)(?::(${NUMBER}|\\*))?$`);

/** Parses a sequence set; null if it is none or has more than `maxRanges` ranges. */
export function parseSequenceSet(text: string, maxRanges: number): SequenceSet | null {
  if (text === "$") return { kind: "saved" };
  const pieces = text.split(",", maxRanges + 1);
  if (pieces.length > maxRanges) return null;
  const ranges: [SequenceEnd, SequenceEnd][] = [];
  for (const piece of pieces) {
    const match = RANGE.exec(piece);
    if (match === null) return null;
    const first = sequenceEnd(match[1]);
    const last = match[2] === undefined ? first : sequenceEnd(match[2]);
    if (first === null || last === null) return null;
    ranges.push([first, last]);
  }
  return { kind: "ranges", ranges };
}

function sequenceEnd(text: string | undefined): SequenceEnd | null {
  if (text === "*") return "*";
  const value = Number(text);
  return value <= 0xffff_ffff ? value : null; // nz-number is 32-bit (RFC 9051 §9)
}

/** The ranges with `*` replaced by `largest`, each in ascending order (RFC 9051 §9: "2:4" and "4:2" are the same). */
export function resolveRanges(
  ranges: readonly (readonly [SequenceEnd, SequenceEnd])[],
  largest: number,
): readonly UidRange[] {
  return ranges.map(([a, b]) => {
    const left = a === "*" ? largest : a;
    const right = b === "*" ? largest : b;
    return { first: Math.min(left, right), last: Math.max(left, right) };
  });
}

/** Ascending UIDs as ranges. */
export function toRanges(uids: Iterable<number>): UidRange[] {
  const ranges: { first: number; last: number }[] = [];
  for (const uid of uids) {
    const open = ranges.at(-1);
    if (open !== undefined && uid === open.last + 1) open.last = uid;
    else ranges.push({ first: uid, last: uid });
  }
  return ranges;
}

/** Ranges in any order as ascending ones that neither overlap nor touch. */
export function mergeRanges(ranges: readonly UidRange[]): UidRange[] {
  const merged: { first: number; last: number }[] = [];
  for (const { first, last } of [...ranges].sort((a, b) => a.first - b.first)) {
    const open = merged.at(-1);
    if (open !== undefined && first <= open.last + 1) open.last = Math.max(open.last, last);
    else merged.push({ first, last });
  }
  return merged;
}

/** What is in both; each of them ascending and without overlaps. */
export function intersectRanges(a: readonly UidRange[], b: readonly UidRange[]): UidRange[] {
  const both: UidRange[] = [];
  for (let i = 0, j = 0; ; ) {
    const left = a[i];
    const right = b[j];
    if (left === undefined || right === undefined) return both;
    const first = Math.max(left.first, right.first);
    const last = Math.min(left.last, right.last);
    if (first <= last) both.push({ first, last });
    if (left.last < right.last) i += 1;
    else j += 1;
  }
}

/** The numbers from 1 to `largest` that are not among `present`, which ascends. */
export function missingRanges(present: Iterable<number>, largest: number): UidRange[] {
  const missing: UidRange[] = [];
  let next = 1;
  for (const uid of present) {
    if (uid > largest) break;
    if (uid > next) missing.push({ first: next, last: uid - 1 });
    next = uid + 1;
  }
  if (next <= largest) missing.push({ first: next, last: largest });
  return missing;
}

/** Ranges as a set, `1:3,7`. */
export function formatRanges(ranges: readonly UidRange[]): string {
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}:${last}`)).join(",");
}

/** Numbers as a set, `1:3,7`, in their order; runs are written where they ascend by one. Empty for no numbers. */
export function formatSequenceSet(numbers: readonly number[]): string {
  return formatRanges(toRanges(numbers));
}
