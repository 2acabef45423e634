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

const NOTHING = new Uint32Array(0);

/**
 * A map over the UIDs of an opened folder, ascending; `initial` is never written to. It stays shared with other sessions for as long
 * as nothing goes: what arrives is kept apart, so that an arrival does not copy the folder once for each session.
 */
export function createSequenceMap(initial: Uint32Array): SequenceMap {
  let base = initial;
  /** What came after `base`; its first `tailSize` entries count. */
  let tail = NOTHING;
  let tailSize = 0;
  const size = () => base.length + tailSize;
  /** The UID at an index below `size()`. */
  const at = (index: number): number => (index < base.length ? base[index] : tail[index - base.length]) ?? 0;
  /** The first index whose UID is not below `uid`. */
  const lowerBound = (uid: number): number => {
    let low = 0;
    let high = size();
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (at(middle) < uid) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  /** Where the last UID was found: who lists a folder asks for one after the other. */
  let found = 0;
  const indexOf = (uid: number): number | null => {
    const index = found + 1 < size() && at(found + 1) === uid ? found + 1 : lowerBound(uid);
    if (index >= size() || at(index) !== uid) return null;
    found = index;
    return index;
  };
  const largestUid = () => (size() === 0 ? 0 : at(size() - 1));

  return {
    size,
    largestUid,
    uids() {
      const uids: number[] = [];
      for (let index = 0; index < size(); index += 1) uids.push(at(index));
      return uids;
    },
    has: (uid) => indexOf(uid) !== null,
    sequenceOf(uid) {
      const index = indexOf(uid);
      return index === null ? null : index + 1;
    },
    uidAt: (sequence) => (sequence < 1 || sequence > size() ? null : at(sequence - 1)),
    uidsInRanges(ranges) {
      const found: number[] = [];
      // Sorted and clipped at what was already taken, so overlapping ranges cost nothing twice.
      let taken = 0;
      for (const range of [...ranges].sort((a, b) => a.first - b.first)) {
        for (let i = lowerBound(Math.max(range.first, taken + 1)); i < size(); i += 1) {
          const uid = at(i);
          if (uid > range.last) break;
          found.push(uid);
          taken = uid;
        }
      }
      return found;
    },
    add(uid) {
      if (uid <= largestUid()) return false;
      if (tailSize === tail.length) {
        const grown = new Uint32Array(tailSize + Math.max(4, tailSize >>> 2));
        grown.set(tail);
        tail = grown;
      }
      tail[tailSize] = uid;
      tailSize += 1;
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
      const kept = new Uint32Array(size() - gone.length);
      let used = 0;
      for (let index = 0; index < size(); index += 1) {
        const uid = at(index);
        if (uids.has(uid)) continue;
        kept[used] = uid;
        used += 1;
      }
      base = kept;
      tail = NOTHING;
      tailSize = 0;
      return gone;
    },
  };
}
