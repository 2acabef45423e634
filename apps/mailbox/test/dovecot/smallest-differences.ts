import type { Difference } from "./differences.ts";
import { type ImapValue, printValue, readValues } from "./imap-response.ts";

/** Where two values differ, as element numbers of the lists they are in. */
interface Fork {
  readonly place: string;
  readonly waxwing: ImapValue | undefined;
  readonly dovecot: ImapValue | undefined;
}

/** How much of a longer text is shown: from somewhat before it differs. */
const SHOWN = 80;

/**
 * The differences of FETCH by what differs rather than by message: the smallest part of an item, and the numbers of all messages in
 * which it differs in the same way. `ENVELOPE.2.0.3` is the host of the first address of From. Other differences stay as they are.
 */
export function bySmallestPart(script: string, found: readonly Difference[]): readonly Difference[] {
  const rest: Difference[] = [];
  const parts = new Map<string, { readonly fork: Fork; readonly numbers: string[] }>();
  for (const difference of found) {
    const number = /^[^:]*: \S+ FETCH (\d+)/.exec(difference.at)?.[1];
    const [ours, theirs] = [pairsOf(difference.waxwing), pairsOf(difference.dovecot)];
    if (number === undefined || ours === null || theirs === null) {
      rest.push(difference);
      continue;
    }
    for (const fork of pairForks(ours, theirs)) {
      const key = JSON.stringify(fork);
      const part = parts.get(key) ?? { fork, numbers: [] };
      part.numbers.push(number);
      parts.set(key, part);
    }
  }
  const smallest = [...parts.values()].map(({ fork: { place, waxwing, dovecot }, numbers }) => ({
    at: `${script}: ${place} of ${numbers.join(" ")}`,
    waxwing: [show(waxwing, dovecot)],
    dovecot: [show(dovecot, waxwing)],
  }));
  return [...smallest, ...rest];
}

/** Names and values of the one FETCH response among comparable lines; null where there is another. */
function pairsOf(lines: readonly string[]): readonly ImapValue[] | null {
  const [line = "", ...others] = lines;
  if (others.length > 0 || !/^\* \d+ FETCH /.test(line)) return null;
  // What printValue has escaped stays so, but for what ends a string.
  const values = readValues(
    line.replace(/\\(["\\])|\\/g, (found, end) => (end === undefined ? "\\\\" : found)),
  );
  const pairs = values[3];
  return Array.isArray(pairs) ? pairs : null;
}

function pairForks(waxwing: readonly ImapValue[], dovecot: readonly ImapValue[]): readonly Fork[] {
  return waxwing.flatMap((name, index) =>
    index % 2 === 0 ? forks(waxwing[index + 1], dovecot[index + 1], String(name)) : [],
  );
}

function forks(
  waxwing: ImapValue | undefined,
  dovecot: ImapValue | undefined,
  place: string,
): readonly Fork[] {
  if (Array.isArray(waxwing) && Array.isArray(dovecot) && waxwing.length === dovecot.length) {
    return waxwing.flatMap((value: ImapValue, index) => forks(value, dovecot[index], `${place}.${index}`));
  }
  return printValue(waxwing) === printValue(dovecot) ? [] : [{ place, waxwing, dovecot }];
}

function show(value: ImapValue | undefined, other: ImapValue | undefined): string {
  const [text, beside] = [value, other].map((one) => printValue(one).replaceAll("\\\\", "\\"));
  if (text === undefined || beside === undefined || text.length <= SHOWN) return text ?? "";
  let same = 0;
  while (same < text.length && text[same] === beside[same]) same += 1;
  const from = Math.max(0, same - SHOWN / 4);
  return `${from > 0 ? "..." : ""}${text.slice(from, from + SHOWN)}${from + SHOWN < text.length ? "..." : ""}`;
}
