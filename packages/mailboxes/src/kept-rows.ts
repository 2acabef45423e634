import type { MessageRow, MessageSummary } from "@waxwing/protocols";
import type { Clock } from "@waxwing/runtime";
import { type Database, type FolderNews, type FolderRef, folderNews, mailRows } from "@waxwing/store";
import type { ChangeFeed } from "./change-feed.ts";
import {
  type KeptFolder,
  keepChange,
  keepNews,
  openKeptFolder,
  sharedFlags,
  summariesSince,
} from "./kept-folder.ts";
import { ahead, chunks } from "./read-ahead.ts";

/**
 * Flags, dates and sizes of the messages that were asked for last, shared by all sessions of the process: what mail programs ask of
 * a folder again and again, and what they change.
 */
export interface KeptRows {
  /** Rows by ascending UID, as they are now, in batches; UIDs that are gone are left out, or there until that is heard. */
  rows(ref: FolderRef, uids: readonly number[]): AsyncGenerator<readonly MessageRow[]>;
  /** The same at once; null: too many of them are not known. */
  known(ref: FolderRef, uids: readonly number[]): Promise<readonly MessageRow[] | null>;
  /** As they were when they were last heard of, maybe changed since; null: not all of them are known. */
  remembered(ref: FolderRef, uids: readonly number[]): readonly MessageRow[] | null;
  /** What happened after `modseq`, where that is known without asking; null: it is not. */
  news(ref: FolderRef, modseq: number): FolderNews | null;
  /** Takes note of flags that this process has stored, all with one modseq. */
  stored(ref: FolderRef, messages: readonly MessageSummary[]): void;
  /** Takes note of any other change of this process: what is kept of the mailbox may no longer be so. */
  changed(mailboxId: string): void;
}

/** Some 300 octets each. */
const MAX_ROWS = 200_000;
const MAX_FOLDERS = 5_000;
const ROWS_AT_ONCE = 2_000;
/** A listening connection that has died unnoticed must not hide changes for longer than this. */
const TRUST_MS = 1_000;
/** Behind by more changes than this, a folder is begun anew. */
const MAX_BEHIND = 10_000;

/**
 * Invariants: what is kept was true at the folder's `modseq`, or at a later one of the row's own. It is given out without a look at
 * the database only while the feed of changes listens, has told of nothing later, and was checked against the folder within
 * `TRUST_MS`. Whoever stores flags by what is `remembered` has the store compare modseqs.
 */
export function createKeptRows(options: {
  readonly db: Database;
  readonly clock: Clock;
  readonly listen: ChangeFeed;
}): KeptRows {
  const { db, clock, listen } = options;
  /** The one that was used longest ago first. */
  const folders = new Map<string, KeptFolder>();
  let size = 0;

  function find(ref: FolderRef): KeptFolder | null {
    const folder = folders.get(ref.folderId);
    return folder?.mailboxId === ref.mailboxId ? folder : null;
  }

  function drop(folderId: string): void {
    const folder = folders.get(folderId);
    if (folder === undefined) return;
    folders.delete(folderId);
    size -= folder.rows.size;
    folder.rows.clear();
    folder.stop();
  }

  function shrink(): void {
    for (const oldest of folders.keys()) {
      if (size <= MAX_ROWS && folders.size <= MAX_FOLDERS) return;
      drop(oldest);
    }
  }

  function isCurrent(folderId: string, folder: KeptFolder): boolean {
    const hearing = listen.hearing(folderId);
    return (
      hearing !== null &&
      !folder.doubtful &&
      folder.gaps === hearing.gaps &&
      folder.modseq >= hearing.modseq &&
      clock.now() - folder.checkedAtMs < TRUST_MS
    );
  }

  /** The folder as it is now; null: it is gone, or another mailbox's. */
  async function current(ref: FolderRef): Promise<KeptFolder | null> {
    // The second time only what began after the call is waited for.
    for (let tries = 0; tries < 2; tries++) {
      const folder = find(ref);
      if (folder === null) {
        if (folders.has(ref.folderId)) return null;
        if (!(await begin(ref))) return null;
        continue;
      }
      if (isCurrent(ref.folderId, folder)) break;
      folder.checking ??= check(ref, folder).finally(() => {
        folder.checking = null;
      });
      await folder.checking;
    }
    const folder = find(ref);
    if (folder !== null) {
      folders.delete(ref.folderId);
      folders.set(ref.folderId, folder);
    }
    return folder;
  }

  async function begin(ref: FolderRef): Promise<boolean> {
    const stop = listen.subscribe(ref.folderId, () => {});
    const gaps = listen.hearing(ref.folderId)?.gaps ?? 0;
    const checkedAtMs = clock.now();
    // Nothing is later than this: only the folder itself is read.
    const head = await folderNews(db, ref, Number.MAX_SAFE_INTEGER).catch((error: unknown) => {
      stop();
      throw error;
    });
    if (head === null || folders.has(ref.folderId)) {
      stop();
      return head !== null;
    }
    folders.set(ref.folderId, openKeptFolder({ mailboxId: ref.mailboxId, head, stop, gaps, checkedAtMs }));
    shrink();
    return true;
  }

  async function check(ref: FolderRef, folder: KeptFolder): Promise<void> {
    const { modseq } = folder;
    const hearing = listen.hearing(ref.folderId);
    if (hearing !== null && hearing.modseq - modseq > MAX_BEHIND) return drop(ref.folderId);
    const checkedAtMs = clock.now();
    const gaps = hearing?.gaps ?? folder.gaps;
    // What changes from here on casts doubt again.
    folder.doubtful = false;
    const news = await folderNews(db, ref, modseq);
    // A store that was set back to a backup is behind what is kept; one that has forgotten expunges cannot say what is gone.
    if (news === null || news.vanished === null || news.highestModseq < modseq) return drop(ref.folderId);
    const before = folder.rows.size;
    keepNews(folder, { ...news, vanished: news.vanished });
    if (folders.get(ref.folderId) === folder) size += folder.rows.size - before;
    folder.checkedAtMs = checkedAtMs;
    folder.gaps = gaps;
  }

  /** Reads those that are not known. */
  async function load(
    ref: FolderRef,
    folder: KeptFolder,
    uids: readonly number[],
  ): Promise<readonly MessageRow[]> {
    const all = allOf(folder, uids);
    if (all !== null) return all;
    const missing = uids.filter((uid) => !folder.rows.has(uid));
    const read = new Map<number, MessageRow>();
    for (const row of await mailRows(db, ref, missing, {})) {
      const { uid, modseq, internalDate, savedAt: saveDate, sizeBytes } = row;
      read.set(uid, {
        uid,
        flags: sharedFlags(folder, row.flags),
        modseq,
        internalDate,
        saveDate,
        sizeBytes,
      });
    }
    const isKept = folders.get(ref.folderId) === folder;
    const rows: MessageRow[] = [];
    for (const uid of uids) {
      const known = folder.rows.get(uid);
      const row = known ?? read.get(uid);
      if (row === undefined) continue;
      rows.push(row);
      if (known !== undefined || !isKept) continue;
      folder.rows.set(uid, row);
      size++;
    }
    return rows;
  }

  function allOf(folder: KeptFolder, uids: readonly number[]): readonly MessageRow[] | null {
    const rows: MessageRow[] = [];
    for (const uid of uids) {
      const row = folder.rows.get(uid);
      if (row === undefined) return null;
      rows.push(row);
    }
    return rows;
  }

  return {
    async *rows(ref, uids) {
      const folder = await current(ref);
      if (folder === null) return;
      yield* ahead(chunks(uids, ROWS_AT_ONCE), (some) => load(ref, folder, some));
      shrink();
    },
    async known(ref, uids) {
      // Of a large folder nobody has listed, the database finds a few messages sooner than all of them are read.
      if (uids.length > ROWS_AT_ONCE && find(ref) === null) return null;
      const folder = await current(ref);
      if (folder === null) return null;
      return uids.length > ROWS_AT_ONCE ? allOf(folder, uids) : await load(ref, folder, uids);
    },
    remembered(ref, uids) {
      const folder = find(ref);
      return folder === null ? null : allOf(folder, uids);
    },
    news(ref, modseq) {
      const folder = find(ref);
      if (folder === null || modseq < folder.storedSince || !isCurrent(ref.folderId, folder)) return null;
      const { uidNext, modseq: highestModseq } = folder;
      return { highestModseq, uidNext, changed: summariesSince(folder, modseq), vanished: [] };
    },
    stored(ref, messages) {
      const folder = find(ref);
      if (folder !== null) keepChange(folder, messages);
    },
    changed(mailboxId) {
      for (const folder of folders.values()) if (folder.mailboxId === mailboxId) folder.doubtful = true;
    },
  };
}
