import type { FolderSnapshot } from "@waxwing/protocols";
import { type Database, type FolderRef, folderHead, folderNews, folderUids } from "@waxwing/store";

/** Opens folders, and keeps the UIDs of those that were opened last. */
export interface FolderSnapshots {
  /** Null: no such folder. Sessions share the UIDs. */
  open(mailboxId: string, name: string): Promise<FolderSnapshot | null>;
}

/** Sixteen million messages, at four octets each. */
const MAX_KEPT_BYTES = 64 * 1024 * 1024;
/** What a folder costs beside its UIDs. */
const ENTRY_BYTES = 300;
/** Behind by more changes than this, a folder is read anew. */
const MAX_BEHIND = 10_000;

interface Kept {
  readonly mailboxId: string;
  readonly highestModseq: number;
  readonly uidNext: number;
  readonly uids: Uint32Array;
}

/**
 * Keeps UIDs by folder and brings them up to date by what happened since, so that SELECT costs what has changed and not what there
 * is. What is kept is always that of one moment, named by its modseq; nothing has to be told of changes.
 */
export function createFolderSnapshots(options: { readonly db: Database }): FolderSnapshots {
  const { db } = options;
  /** The one that was used longest ago first. */
  const kept = new Map<string, Kept>();
  let keptBytes = 0;

  function drop(folderId: string): void {
    const entry = kept.get(folderId);
    if (entry === undefined) return;
    keptBytes -= sizeOf(entry);
    kept.delete(folderId);
  }

  function keep(folderId: string, entry: Kept): Kept {
    const newer = kept.get(folderId);
    drop(folderId);
    // Two sessions that open the folder at once: what is newer stays.
    const winner = newer !== undefined && newer.highestModseq > entry.highestModseq ? newer : entry;
    kept.set(folderId, winner);
    keptBytes += sizeOf(winner);
    for (const oldest of kept.keys()) {
      if (keptBytes <= MAX_KEPT_BYTES) break;
      drop(oldest);
    }
    return entry;
  }

  /** The folder as it is at `highestModseq` or later; null: it is gone. */
  async function bring(ref: FolderRef, highestModseq: number): Promise<Kept | null> {
    const known = kept.get(ref.folderId);
    if (known !== undefined && known.mailboxId === ref.mailboxId) {
      const behind = highestModseq - known.highestModseq;
      // A store that was set back to a backup may be behind what is kept.
      if (behind === 0) return keep(ref.folderId, known);
      if (behind > 0 && behind <= MAX_BEHIND) {
        const news = await folderNews(db, ref, known.highestModseq);
        if (news === null) return null;
        if (news.vanished !== null) {
          const arrived = news.changed.map(({ uid }) => uid).filter((uid) => uid >= known.uidNext);
          const uids = update(known.uids, news.vanished, arrived);
          const { mailboxId } = ref;
          return keep(ref.folderId, {
            mailboxId,
            highestModseq: news.highestModseq,
            uidNext: news.uidNext,
            uids,
          });
        }
      }
    }
    const read = await folderUids(db, ref);
    return read === null ? null : keep(ref.folderId, { mailboxId: ref.mailboxId, ...read });
  }

  return {
    async open(mailboxId, name) {
      const head = await folderHead(db, mailboxId, name);
      if (head === null) return null;
      const entry = await bring({ mailboxId, folderId: head.id }, head.highestModseq);
      if (entry === null) return null;
      const { highestModseq, uidNext, uids } = entry;
      return { ...head, highestModseq, uidNext, uids };
    },
  };
}

function sizeOf({ uids }: Kept): number {
  return uids.byteLength + ENTRY_BYTES;
}

/** `uids` without those that vanished and with those that arrived, in an array of its own unless nothing changed. */
function update(uids: Uint32Array, vanished: readonly number[], arrived: readonly number[]): Uint32Array {
  if (vanished.length === 0 && arrived.length === 0) return uids;
  const gone = new Set(vanished);
  const updated = new Uint32Array(uids.length + arrived.length);
  let size = 0;
  for (const uid of uids) if (!gone.has(uid)) updated[size++] = uid;
  for (const uid of arrived) updated[size++] = uid;
  return updated.slice(0, size);
}
