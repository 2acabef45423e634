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

/** Ascending numbers as a compact set, `1:3,7`. Empty for no numbers. */
export function formatSequenceSet(numbers: readonly number[]): string {
  const pieces: string[] = [];
  for (let i = 0; i < numbers.length; ) {
    let j = i;
    while (j + 1 < numbers.length && numbers[j + 1] === (numbers[j] ?? 0) + 1) j += 1;
    pieces.push(i === j ? `${numbers[i]}` : `${numbers[i]}:${numbers[j]}`);
    i = j + 1;
  }
  return pieces.join(",");
}
