import type {
  AppendMessage,
  FlagChange,
  FolderCreation,
  MailboxQuota,
  MailboxSession,
  SpecialUse,
} from "@waxwing/protocols";
import type { Clock, Logger } from "@waxwing/runtime";
import {
  changeMailMetadata,
  copyMail,
  createFolder,
  type Database,
  deleteFolder,
  expungeMail,
  type FolderNews,
  type FolderRef,
  folderNews,
  folderStatuses,
  folderUids,
  listFolders,
  type MailboxLogin,
  mailboxQuota,
  mailMetadata,
  moveMail,
  renameFolder,
  type StoredMailboxAccount,
  setFolderSubscribed,
  storeMailFlags,
} from "@waxwing/store";
import { appendMessages } from "./append-mail.ts";
import type { ByteBudget } from "./byte-budget.ts";
import type { ChangeFeed } from "./change-feed.ts";
import { fetchKept } from "./fetch-kept.ts";
import { fetchMail } from "./fetch-mail.ts";
import type { FolderSnapshots } from "./folder-snapshots.ts";
import type { KeptContents } from "./kept-contents.ts";
import type { KeptRows } from "./kept-rows.ts";
import type { MaildropLocks } from "./maildrop-locks.ts";
import { searchMail } from "./search-mail.ts";
import type { SharedNews } from "./shared-news.ts";
import { watchLogin } from "./watch-login.ts";

/** What all sessions of a process share. */
export interface SessionRoom {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly listen: ChangeFeed;
  readonly news: SharedNews;
  readonly snapshots: FolderSnapshots;
  readonly kept: KeptRows;
  readonly contents: KeptContents;
  readonly locks: MaildropLocks;
  readonly budget: ByteBudget;
}

/** The mailbox of a session, as it was at the login. */
export type OpenedMailbox = Pick<StoredMailboxAccount, "id" | "projectId" | "pop3Deletion" | "retentionDays">;

/**
 * A logged-in user's view of one mailbox.
 *
 * Invariant: every query names this mailbox beside the folder, so that no folder id, wherever it comes from, reaches the mail
 * of another one.
 */
export function createMailboxSession(
  room: SessionRoom,
  mailbox: OpenedMailbox,
  login: MailboxLogin,
): MailboxSession {
  const { db } = room;
  const cleanups = new Set<() => void | Promise<void>>();
  const ref = (folderId: string): FolderRef => ({ mailboxId: mailbox.id, folderId });
  /** True when this session has changed something since it last asked: what others have read may not show it yet. */
  let hasWritten = false;

  async function write<T>(change: Promise<T>): Promise<T> {
    hasWritten = true;
    try {
      return await change;
    } finally {
      room.kept.changed(mailbox.id);
    }
  }

  async function storeFlags(folderId: string, uids: readonly number[], change: FlagChange) {
    hasWritten = true;
    const rows = room.kept.remembered(ref(folderId), uids);
    const result = await storeMailFlags(db, ref(folderId), uids, change, rows);
    room.kept.stored(ref(folderId), result.updated);
    return result;
  }

  function readNews(folderId: string, modseq: number): Promise<FolderNews | null> {
    // What is kept has all that this process has changed, or is not used.
    const known = room.kept.news(ref(folderId), modseq);
    if (known !== null) {
      hasWritten = false;
      return Promise.resolve(known);
    }
    return hasWritten ? readOwnNews(folderId, modseq) : room.news.since(ref(folderId), modseq);
  }

  async function readOwnNews(folderId: string, modseq: number): Promise<FolderNews | null> {
    const news = await folderNews(db, ref(folderId), modseq);
    hasWritten = false;
    return news;
  }

  function append(
    name: string,
    messages: readonly AppendMessage[],
    replaced?: { folderId: string; uid: number },
  ) {
    const options = { db, nowMs: room.clock.now(), projectId: mailbox.projectId };
    return write(appendMessages(options, { mailboxId: mailbox.id, folder: name }, messages, replaced));
  }

  return {
    async listFolders() {
      const folders = await listFolders(db, mailbox.id);
      return folders.map((folder) => ({ ...folder, specialUse: attribute(folder.specialUse) }));
    },
    async createFolder(name, specialUse): Promise<FolderCreation> {
      const stored = specialUse === null ? null : specialUse.slice(1);
      const change = await createFolder(db, { mailboxId: mailbox.id, name, specialUse: stored });
      return change.kind === "created" ? { kind: "ok", id: change.id } : change;
    },
    async deleteFolder(name) {
      const change = await write(deleteFolder(db, mailbox.id, name));
      return change.kind === "exists" ? { kind: "cannot", reason: "The folder cannot be deleted" } : change;
    },
    renameFolder: (from, to) => write(renameFolder(db, mailbox.id, from, to)),
    async setSubscribed(name, subscribed) {
      const change = await setFolderSubscribed(db, mailbox.id, name, subscribed);
      return change.kind === "exists" ? { kind: "ok" } : change;
    },
    async status(name) {
      const [status] = await folderStatuses(db, mailbox.id, name);
      return status ?? null;
    },
    open: (name) => room.snapshots.open(mailbox.id, name),
    async changesSince(folder, modseq) {
      const news = await readNews(folder, modseq);
      if (news === null) return null;
      const { highestModseq, uidNext, changed, vanished } = news;
      if (vanished !== null)
        return { highestModseq, uidNext, changed, vanished: { kind: "uids", uids: vanished } };
      // Read after the news: what has arrived or gone since is in the next ones, and whoever knows it already is not told twice.
      const present = await folderUids(db, ref(folder));
      if (present === null) return null;
      return { highestModseq, uidNext, changed, vanished: { kind: "forgotten", present: present.uids } };
    },
    watch(folder, onChange) {
      const unsubscribe = room.listen.subscribe(folder, onChange);
      const stop = () => {
        cleanups.delete(stop);
        unsubscribe();
      };
      cleanups.add(stop);
      return stop;
    },
    fetch: (folder, uids, wanted) => fetchKept(room, ref(folder), uids, wanted),
    storeFlags,
    async append(name, messages) {
      const result = await append(name, messages);
      return result.kind === "no-such-message" ? { kind: "no-such-folder" } : result;
    },
    async replace(folderId, uid, name, message) {
      const result = await append(name, [message], { folderId, uid });
      if (result.kind !== "ok") return result;
      const { kind, uidValidity, uids } = result;
      return { kind, uidValidity, uid: uids[0] ?? 0 };
    },
    async quota(): Promise<MailboxQuota> {
      const quota = await mailboxQuota(db, mailbox.id);
      return {
        bytes: { used: quota?.usedBytes ?? 0, limit: quota?.limitBytes ?? null },
        messages: { used: quota?.usedMessages ?? 0, limit: quota?.limitMessages ?? null },
      };
    },
    copy: (folder, uids, target) => write(copyMail(db, ref(folder), uids, target)),
    move: (folder, uids, target) => write(moveMail(db, ref(folder), uids, target)),
    expunge: (folder, scope) => write(expungeMail(db, ref(folder), scope)),
    search: (folder, key, candidates) =>
      searchMail(
        {
          db,
          fetch: (uids, plan) => fetchMail(db, room.budget, ref(folder), uids, plan),
          known: (uids) => room.kept.known(ref(folder), uids),
        },
        ref(folder),
        key,
        candidates,
      ),
    metadata: {
      get: (folder) => mailMetadata(db, mailbox.id, folder),
      set: (folder, changes) => changeMailMetadata(db, mailbox.id, folder, changes),
    },
    maildrop: { deletion: mailbox.pop3Deletion, expireDays: mailbox.retentionDays },
    onRevoked(onRevoked) {
      cleanups.add(watchLogin(room, mailbox.id, login, onRevoked));
    },
    async lock(folder) {
      const unlock = await room.locks.take(folder);
      if (unlock === null) return null;
      const release = async () => {
        cleanups.delete(release);
        await unlock();
      };
      cleanups.add(release);
      return release;
    },
    async close() {
      for (const cleanup of [...cleanups]) await cleanup();
    },
  };
}

/** RFC 6154 attributes are stored without their backslash; only ours are ever stored. */
function attribute(stored: string | null): SpecialUse | null {
  return stored === null ? null : (`\\${stored}` as SpecialUse);
}
