import type { Clock } from "@waxwing/runtime";
import { type Database, type FolderNews, type FolderRef, folderNews } from "@waxwing/store";
import type { ChangeFeed, FolderHearing } from "./change-feed.ts";

/** Reads what happened in folders, once for all sessions of the process that ask the same. */
export interface SharedNews {
  /** What happened after `modseq`; null: the folder is gone. It may be as old as the last change that was heard of. */
  since(ref: FolderRef, modseq: number): Promise<FolderNews | null>;
}

/** A listening connection that has died unnoticed must not hide changes for longer than this. */
const SHARE_MS = 1_000;
/** News of more messages than this are not kept for the next one who asks. */
const MAX_KEPT = 1_000;

interface Reading {
  readonly mailboxId: string;
  readonly modseq: number;
  readonly changes: number;
  readonly startedAtMs: number;
  readonly news: Promise<FolderNews | null>;
}

/**
 * One read for many: when a change is announced, all sessions that idle in the folder ask for what happened after the same modseq.
 *
 * Invariant: a reading is given to others only as long as no later change has been heard of. Who has changed something itself must
 * not ask here, because it knows of its change before it is announced.
 */
export function createSharedNews(options: {
  readonly db: Database;
  readonly clock: Clock;
  readonly listen: ChangeFeed;
}): SharedNews {
  const { db, clock, listen } = options;
  const readings = new WeakMap<FolderHearing, Reading>();

  return {
    since(ref, modseq) {
      const hearing = listen.hearing(ref.folderId);
      if (hearing === null) return folderNews(db, ref, modseq);
      const known = readings.get(hearing);
      const startedAtMs = clock.now();
      if (
        known?.modseq === modseq &&
        known.mailboxId === ref.mailboxId &&
        known.changes === hearing.changes &&
        startedAtMs - known.startedAtMs < SHARE_MS
      ) {
        return known.news;
      }
      const news = folderNews(db, ref, modseq);
      const { mailboxId } = ref;
      const reading = { mailboxId, modseq, changes: hearing.changes, startedAtMs, news };
      readings.set(hearing, reading);
      const forget = () => {
        if (readings.get(hearing) === reading) readings.delete(hearing);
      };
      news.then((read) => {
        const size = (read?.changed.length ?? 0) + (read?.vanished?.length ?? 0);
        if (size > MAX_KEPT) forget();
      }, forget);
      return news;
    },
  };
}
