import type { PartsContent } from "./content.ts";

/** A submitted message, or what an HTTP message says: what its JSON in the database would be read as. */
export type RecentContent = Buffer | PartsContent;

/**
 * What was accepted a moment ago, so that lanes of the same process need not read it back, decompress and parse it. It is not the truth:
 * what is not here is in the database. The hash covers the project, so that nothing of one is ever found for another.
 */
export interface RecentContents {
  /** @param uses how often it will be looked for: once for each recipient; then it is let go */
  readonly keep: (hash: Buffer, content: RecentContent, sizeBytes: number, uses: number) => void;
  /** Null: read it. */
  readonly find: (hash: Buffer) => RecentContent | null;
}

/** Of large contents a few would push everything else out, and reading them back costs little beside sending them. */
const LARGEST_SHARE = 1 / 64;

/** @param maxBytes of contents kept; the oldest go first */
export function createRecentContents(maxBytes: number): RecentContents {
  interface Kept {
    readonly content: RecentContent;
    readonly sizeBytes: number;
    uses: number;
  }
  const kept = new Map<string, Kept>();
  let bytes = 0;
  const drop = (key: string, { sizeBytes }: Kept): void => {
    kept.delete(key);
    bytes -= sizeBytes;
  };
  return {
    keep: (hash, content, sizeBytes, uses) => {
      if (sizeBytes > maxBytes * LARGEST_SHARE) return;
      const key = hash.toString("latin1");
      const known = kept.get(key);
      if (known !== undefined) {
        known.uses += uses;
        return;
      }
      kept.set(key, { content: Buffer.isBuffer(content) ? apart(content) : content, sizeBytes, uses });
      bytes += sizeBytes;
      for (const [oldest, entry] of kept) {
        if (bytes <= maxBytes) break;
        drop(oldest, entry);
      }
    },
    find: (hash) => {
      const key = hash.toString("latin1");
      const known = kept.get(key);
      if (known === undefined) return null;
      known.uses--;
      if (known.uses <= 0) drop(key, known);
      return known.content;
    },
  };
}

/** A copy in memory of its own: a slice of Node's pool would keep 64 KB alive for the sake of one content. */
function apart(content: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(content.length);
  content.copy(copy);
  return copy;
}
