import { parseMessage } from "@waxwing/message";
import type { AppendMessage, AppendResult, MailboxSession, SpecialUse } from "@waxwing/protocols";
import type { Clock } from "@waxwing/runtime";
import {
  copyMail,
  createFolder,
  type Database,
  deleteFolder,
  encodeContent,
  expungeMail,
  type FolderRef,
  fileMail,
  folderNews,
  folderStatuses,
  listFolders,
  moveMail,
  NoSuchFolderError,
  openFolder,
  renameFolder,
  setFolderSubscribed,
  storeMailFlags,
} from "@waxwing/store";
import type { ByteBudget } from "./byte-budget.ts";
import type { ChangeFeed } from "./change-feed.ts";
import { fetchMail } from "./fetch-mail.ts";
import type { MaildropLocks } from "./maildrop-locks.ts";
import { searchMail } from "./search-mail.ts";

/** What all sessions of a process share. */
export interface SessionRoom {
  readonly db: Database;
  readonly clock: Clock;
  readonly listen: ChangeFeed;
  readonly locks: MaildropLocks;
  readonly budget: ByteBudget;
}

/**
 * A logged-in user's view of one mailbox.
 *
 * Invariant: every query names this mailbox beside the folder, so that no folder id, wherever it comes from, reaches the mail
 * of another one.
 */
export function createMailboxSession(
  room: SessionRoom,
  mailbox: { readonly id: string; readonly projectId: string },
): MailboxSession {
  const { db } = room;
  const cleanups = new Set<() => void | Promise<void>>();
  const ref = (folderId: string): FolderRef => ({ mailboxId: mailbox.id, folderId });

  const session: MailboxSession = {
    async listFolders() {
      const folders = await listFolders(db, mailbox.id);
      return folders.map((folder) => ({ ...folder, specialUse: attribute(folder.specialUse) }));
    },
    async createFolder(name, specialUse) {
      const stored = specialUse === null ? null : specialUse.slice(1);
      const change = await createFolder(db, { mailboxId: mailbox.id, name, specialUse: stored });
      if (change.kind === "no-such-folder") return { kind: "cannot", reason: "The mailbox is gone" };
      if (change.kind !== "ok") return change;
      const made = await openFolder(db, mailbox.id, name);
      return made === null
        ? { kind: "cannot", reason: "The folder is gone again" }
        : { kind: "ok", id: made.id };
    },
    async deleteFolder(name) {
      const change = await deleteFolder(db, mailbox.id, name);
      return change.kind === "exists" ? { kind: "cannot", reason: "The folder cannot be deleted" } : change;
    },
    renameFolder: (from, to) => renameFolder(db, mailbox.id, from, to),
    async setSubscribed(name, subscribed) {
      const change = await setFolderSubscribed(db, mailbox.id, name, subscribed);
      return change.kind === "exists" ? { kind: "ok" } : change;
    },
    async status(name) {
      const [status] = await folderStatuses(db, mailbox.id, name);
      return status === undefined ? null : { ...status, deletedBytes: 0 };
    },
    async open(name) {
      const opened = await openFolder(db, mailbox.id, name);
      if (opened === null) return null;
      const { messages, ...folder } = opened;
      const unseen = messages.find((message) => !message.flags.includes("\\Seen"));
      const uids = Uint32Array.from(messages, (message) => message.uid);
      return { ...folder, uids, firstUnseenUid: unseen?.uid ?? null };
    },
    async changesSince(folder, modseq) {
      const news = await folderNews(db, ref(folder), modseq);
      return news === null ? null : { ...news, vanished: { kind: "uids", uids: news.vanished } };
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
    fetch: (folder, uids, wanted) => fetchMail(db, room.budget, ref(folder), uids, wanted),
    storeFlags: (folder, uids, change) => storeMailFlags(db, ref(folder), uids, change),
    async append(name, messages) {
      const uids: number[] = [];
      let uidValidity = 0;
      for (const message of messages) {
        const result = await append(room, mailbox, name, message);
        if (result.kind !== "ok") return result;
        uidValidity = result.uidValidity;
        uids.push(...result.uids);
      }
      return { kind: "ok", uidValidity, uids };
    },
    async replace(folder, uid, name, message) {
      const result = await append(room, mailbox, name, message);
      if (result.kind !== "ok") return result;
      await expungeMail(db, ref(folder), { kind: "uids", uids: [uid] });
      return { kind: "ok", uidValidity: result.uidValidity, uid: result.uids[0] ?? 0 };
    },
    async quota() {
      const statuses = await folderStatuses(db, mailbox.id);
      const sum = (of: "messages" | "sizeBytes") => statuses.reduce((all, one) => all + one[of], 0);
      return {
        bytes: { used: sum("sizeBytes"), limit: null },
        messages: { used: sum("messages"), limit: null },
      };
    },
    copy: (folder, uids, target) => copyMail(db, ref(folder), uids, target),
    move: (folder, uids, target) => moveMail(db, ref(folder), uids, target),
    expunge: (folder, scope) => expungeMail(db, ref(folder), scope),
    search: (folder, key, candidates) => searchMail(session, folder, key, candidates),
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
  return session;
}

async function append(
  room: SessionRoom,
  mailbox: { readonly id: string; readonly projectId: string },
  name: string,
  message: AppendMessage,
): Promise<AppendResult> {
  const { envelope, bodyStructure, textPreview } = parseMessage(message.raw);
  const content = await encodeContent(mailbox.projectId, message.raw);
  try {
    const [place] = await fileMail(room.db, {
      mail: {
        ...content,
        envelope,
        bodyStructure,
        preview: textPreview,
        internalDateMs: message.internalDate?.getTime() ?? room.clock.now(),
        flags: message.flags,
      },
      // RFC 9051 §6.3.12: an append never makes a folder; the client is told to try CREATE.
      filings: [{ mailboxId: mailbox.id, folder: name, ifMissing: "refuse" }],
    });
    return place === undefined
      ? { kind: "no-such-folder" }
      : { kind: "ok", uidValidity: place.uidValidity, uids: [place.uid] };
  } catch (error) {
    if (error instanceof NoSuchFolderError) return { kind: "no-such-folder" };
    throw error;
  }
}

/** RFC 6154 attributes are stored without their backslash; only ours are ever stored. */
function attribute(stored: string | null): SpecialUse | null {
  return stored === null ? null : (`\\${stored}` as SpecialUse);
}
