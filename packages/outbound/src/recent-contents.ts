/**
 * What was accepted a moment ago, so that lanes of the same process need not read it back and decompress it. It is not the truth: what
 * is not here is in the database. The hash covers the project, so that nothing of one is ever found for another.
 */
export interface RecentContents {
  readonly keep: (hash: Buffer, content: Buffer) => void;
  /** Null: read it. */
  readonly find: (hash: Buffer) => Buffer | null;
}

/** Of large contents a few would push everything else out, and reading them back costs little beside sending them. */
const LARGEST_SHARE = 1 / 64;

/** @param maxBytes of contents kept; the oldest go first */
export function createRecentContents(maxBytes: number): RecentContents {
  const kept = new Map<string, Buffer>();
  let bytes = 0;
  return {
    keep: (hash, content) => {
      const key = hash.toString("latin1");
      if (content.length > maxBytes * LARGEST_SHARE || kept.has(key)) return;
      kept.set(key, apart(content));
      bytes += content.length;
      for (const [oldest, { length }] of kept) {
        if (bytes <= maxBytes) break;
        kept.delete(oldest);
        bytes -= length;
      }
    },
    find: (hash) => kept.get(hash.toString("latin1")) ?? null,
  };
}

/** A copy in memory of its own: a slice of Node's pool would keep 64 KB alive for the sake of one content. */
function apart(content: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(content.length);
  content.copy(copy);
  return copy;
}
