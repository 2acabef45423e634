import type { MessageSummary } from "../mailbox-session.ts";
import type { UidRange } from "./search-program.ts";

/**
 * The client's view of the selected folder: message sequence number n is the n-th entry (RFC 9051 §2.3.1.2).
 *
 * Invariant: UIDs ascend strictly; an entry leaves only when the client is told EXPUNGE for it.
 */
export interface SequenceMap {
  size(): number;
  /** The largest UID, or 0. */
  largestUid(): number;
  uids(): readonly number[];
  /** The sequence number of a UID, from 1; null if the client does not know it. */
  sequenceOf(uid: number): number | null;
  uidAt(sequence: number): number | null;
  get(uid: number): MessageSummary | null;
  /** Known UIDs inside the ranges, ascending, each once. */
  uidsInRanges(ranges: readonly UidRange[]): number[];
  /** Replaces a known entry or appends a new, larger UID; anything else is ignored. */
  put(summary: MessageSummary): "known" | "new" | "ignored";
  /** Removes UIDs; returns the sequence numbers they had, largest first: told in that order, each stays true. */
  remove(uids: ReadonlySet<number>): readonly number[];
}

/** A map over the summaries of an opened folder. */
export function createSequenceMap(initial: readonly MessageSummary[]): SequenceMap {
  let entries = [...initial];
  const lowerBound = (uid: number): number => {
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((entries[middle]?.uid ?? 0) < uid) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const indexOf = (uid: number): number | null => {
    const index = lowerBound(uid);
    return entries[index]?.uid === uid ? index : null;
  };
  const largestUid = () => entries.at(-1)?.uid ?? 0;

  return {
    size: () => entries.length,
    largestUid,
    uids: () => entries.map((entry) => entry.uid),
    sequenceOf(uid) {
      const index = indexOf(uid);
      return index === null ? null : index + 1;
    },
    uidAt: (sequence) => entries[sequence - 1]?.uid ?? null,
    get(uid) {
      const index = indexOf(uid);
      return index === null ? null : (entries[index] ?? null);
    },
    uidsInRanges(ranges) {
      const found: number[] = [];
      // Sorted and clipped at what was already taken, so overlapping ranges cost nothing twice.
      let taken = 0;
      for (const range of [...ranges].sort((a, b) => a.first - b.first)) {
        for (let i = lowerBound(Math.max(range.first, taken + 1)); i < entries.length; i += 1) {
          const uid = entries[i]?.uid ?? 0;
          if (uid > range.last) break;
          found.push(uid);
          taken = uid;
        }
      }
      return found;
    },
    put(summary) {
      const index = indexOf(summary.uid);
      if (index !== null) {
        entries[index] = summary;
        return "known";
      }
      if (summary.uid <= largestUid()) return "ignored";
      entries.push(summary);
      return "new";
    },
    remove(uids) {
      const gone: number[] = [];
      entries = entries.filter((entry, index) => {
        if (!uids.has(entry.uid)) return true;
        gone.push(index + 1);
        return false;
      });
      return gone.reverse();
    },
  };
}
