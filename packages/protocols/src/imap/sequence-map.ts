import type { UidRange } from "./search-program.ts";

/**
 * The client's view of the selected folder: message sequence number n is the n-th entry (RFC 9051 §2.3.1.2).
 *
 * Invariant: UIDs ascend strictly; an entry leaves only when the client is told EXPUNGE or VANISHED for it. It holds four octets for
 * each message and nothing else, because thousands of sessions may have a large folder open.
 */
export interface SequenceMap {
  size(): number;
  /** The largest UID, or 0. */
  largestUid(): number;
  uids(): readonly number[];
  has(uid: number): boolean;
  /** The sequence number of a UID, from 1; null if the client does not know it. */
  sequenceOf(uid: number): number | null;
  uidAt(sequence: number): number | null;
  /** Known UIDs inside the ranges, ascending, each once. */
  uidsInRanges(ranges: readonly UidRange[]): number[];
  /** Appends a UID that is larger than all; true if it is new. */
  add(uid: number): boolean;
  /** Removes UIDs; returns the sequence numbers they had, largest first: told in that order, each stays true. */
  remove(uids: ReadonlySet<number>): readonly number[];
}

/** A map over the UIDs of an opened folder, ascending; `initial` is never written to. */
export function createSequenceMap(initial: Uint32Array): SequenceMap {
  let entries = initial;
  let size = initial.length;
  /** False while `entries` belongs to the store. */
  let owned = false;
  /** The first index whose UID is not below `uid`. */
  const lowerBound = (uid: number): number => {
    let low = 0;
    let high = size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((entries[middle] ?? 0) < uid) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const indexOf = (uid: number): number | null => {
    const index = lowerBound(uid);
    return index < size && entries[index] === uid ? index : null;
  };
  const largestUid = () => (size === 0 ? 0 : (entries[size - 1] ?? 0));

  return {
    size: () => size,
    largestUid,
    uids: () => Array.from(entries.subarray(0, size)),
    has: (uid) => indexOf(uid) !== null,
    sequenceOf(uid) {
      const index = indexOf(uid);
      return index === null ? null : index + 1;
    },
    uidAt: (sequence) => (sequence > size ? null : (entries[sequence - 1] ?? null)),
    uidsInRanges(ranges) {
      const found: number[] = [];
      // Sorted and clipped at what was already taken, so overlapping ranges cost nothing twice.
      let taken = 0;
      for (const range of [...ranges].sort((a, b) => a.first - b.first)) {
        for (let i = lowerBound(Math.max(range.first, taken + 1)); i < size; i += 1) {
          const uid = entries[i] ?? 0;
          if (uid > range.last) break;
          found.push(uid);
          taken = uid;
        }
      }
      return found;
    },
    add(uid) {
      if (uid <= largestUid()) return false;
      if (!owned || size === entries.length) {
        const grown = new Uint32Array(size + Math.max(16, size >>> 4));
        grown.set(entries.subarray(0, size));
        entries = grown;
        owned = true;
      }
      entries[size] = uid;
      size += 1;
      return true;
    },
    remove(uids) {
      const gone: number[] = [];
      for (const uid of uids) {
        const index = indexOf(uid);
        if (index !== null) gone.push(index + 1);
      }
      gone.sort((a, b) => b - a);
      if (gone.length === 0) return gone;
      if (!owned) entries = entries.slice(0, size);
      owned = true;
      // From the first that goes, each entry moves to where the last kept one ended.
      let kept = (gone.at(-1) ?? 1) - 1;
      for (let from = kept; from < size; from += 1) {
        const uid = entries[from] ?? 0;
        if (uids.has(uid)) continue;
        entries[kept] = uid;
        kept += 1;
      }
      size = kept;
      return gone;
    },
  };
}
