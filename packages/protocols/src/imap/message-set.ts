import { bad } from "./imap-error.ts";
import type { SelectedFolder } from "./imap-session.ts";
import type { UidRange } from "./search-program.ts";
import { mergeRanges, resolveRanges, type SequenceSet, toRanges } from "./sequence-set.ts";

/** Whether a command's numbers are message sequence numbers or UIDs. */
export type NumberKind = "sequence" | "uid";

/** The UIDs a set of a UID command names, known or not, as ascending ranges. */
export function uidRangesOf(folder: SelectedFolder, set: SequenceSet): UidRange[] {
  if (set.kind === "saved") return toRanges(folder.saved);
  return mergeRanges(resolveRanges(set.ranges, folder.map.largestUid()));
}

/** The UIDs a set names, ascending, each once. Unknown UIDs are passed over; unknown sequence numbers are BAD. */
export function resolveMessageSet(folder: SelectedFolder, set: SequenceSet, kind: NumberKind): number[] {
  const { map } = folder;
  if (set.kind === "saved") return [...folder.saved];
  if (kind === "uid") {
    // RFC 9051 §9, seq-number: "*" is the largest UID; in an empty folder it names nothing.
    return map.uidsInRanges(resolveRanges(set.ranges, map.largestUid()));
  }
  // Clients ask for 1:* before they look whether there is anything.
  if (map.size() === 0 && set.ranges.every((range) => range.includes("*"))) return [];
  const ranges = resolveRanges(set.ranges, map.size());
  if (ranges.some((range) => range.first < 1 || range.last > map.size())) {
    throw bad("No message with that sequence number"); // RFC 9051 §9, seq-number
  }
  return map.uidsInRanges(
    ranges.map(({ first, last }) => ({ first: map.uidAt(first) ?? 0, last: map.uidAt(last) ?? 0 })),
  );
}
