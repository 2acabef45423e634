import { createHash } from "node:crypto";
import { parseMessage } from "@waxwing/message";
import {
  type Credentials,
  type Folder,
  type FolderChanges,
  type MailboxBackend,
  type MailboxSession,
  type MaildropPolicy,
  type MessageRow,
  type MessageSummary,
  type SearchKey,
  type SpecialUse,
  searchByFetch,
} from "../src/index.ts";
import {
  among,
  announce,
  drop,
  newFolder,
  put,
  type StoredFolder,
  sizeOf,
  summary,
} from "./memory-folder.ts";

/** One user's mailbox in memory, with everything the port promises: modseqs, tombstones, watchers, the POP3 lock. */
export interface MemoryMailbox extends MailboxBackend {
  /** Puts a message into a folder, as an arrival does. */
  deliver(folder: string, raw: string, flags?: readonly string[]): number;
  /** UIDs now in a folder. */
  uids(folder: string): number[];
  flags(folder: string, uid: number): readonly string[];
  /** Forgets all expunges so far, as a store does after some weeks. */
  forgetExpunges(folder: string): void;
  /** From now on, POP3 sessions work under this policy. */
  setMaildrop(policy: MaildropPolicy): void;
  /** Takes the login of all sessions back. */
  revoke(): void;
  /** From now on, everything together may have this many octets. */
  limitBytes(limit: number): void;
  /** Makes the next call of a session method fail. */
  failNext(method: keyof MailboxSession): void;
  /** How many watchers, locks and sessions are open: 0 when everybody has gone properly. */
  held(): number;
  /** Which octets fetches have asked for since the start. */
  readonly rawReads: { none: number; header: number; full: number };
}

/** A mailbox for user `ann` with password `secret`; INBOX and the folders of the product exist. */
export function createMemoryMailbox(): MemoryMailbox {
  let limitBytes = 1_000_000_000;
  const metadata = new Map<string, Map<string, Buffer>>();
  let nextId = 1;
  let openSessions = 0;
  let maildrop: MaildropPolicy = { deletion: "remove", expireDays: null };
  const revocations = new Set<() => void>();
  let failing: keyof MailboxSession | null = null;
  const folders = new Map<string, StoredFolder>();
  const rawReads = { none: 0, header: 0, full: 0 };
  const addFolder = (name: string, specialUse: SpecialUse | null = null): StoredFolder => {
    const folder = newFolder(nextId, name, specialUse);
    nextId += 1;
    folders.set(folder.id, folder);
    return folder;
  };
  addFolder("INBOX");
  addFolder("Bounces");
  addFolder("Drafts", "\\Drafts");
  addFolder("Sent", "\\Sent");
  addFolder("Trash", "\\Trash");
  addFolder("Junk", "\\Junk");

  const byName = (name: string) => [...folders.values()].find((folder) => folder.name === name) ?? null;
  const byId = (id: string): StoredFolder => {
    const folder = folders.get(id);
    if (folder === undefined) throw new Error("the folder is gone");
    return folder;
  };
  const allMessages = () => [...folders.values()].flatMap((folder) => folder.messages);
  const hasRoomFor = (messages: readonly { readonly raw: Buffer }[]) =>
    sizeOf(allMessages()) + sizeOf(messages) <= limitBytes;
  function createSession(): MailboxSession {
    openSessions += 1;
    const cleanups = new Set<() => void>();
    const copyTo = (id: string, uids: readonly number[], name: string) => {
      const target = byName(name);
      if (target === null) return { kind: "no-such-folder" } as const;
      if (!hasRoomFor(among(byId(id), uids))) return { kind: "over-quota" } as const;
      const pairs = among(byId(id), uids).map(
        (message) => [message.uid, put(target, message.raw, message.flags, message.internalDate)] as const,
      );
      return { kind: "ok", uidValidity: target.uidValidity, pairs } as const;
    };
    const session: MailboxSession = {
      async listFolders() {
        return [...folders.values()].map(
          ({ id, name, specialUse, subscribed }): Folder => ({ id, name, specialUse, subscribed }),
        );
      },
      async createFolder(name, specialUse) {
        if (byName(name) !== null) return { kind: "exists" };
        const folder = addFolder(name, specialUse);
        folder.subscribed = false;
        return { kind: "ok", id: folder.id };
      },
      async deleteFolder(name) {
        const folder = byName(name);
        if (folder === null) return { kind: "no-such-folder" };
        folders.delete(folder.id);
        announce(folder);
        return { kind: "ok" };
      },
      async renameFolder(from, to) {
        const folder = byName(from);
        if (folder === null) return { kind: "no-such-folder" };
        if (byName(to) !== null) return { kind: "exists" };
        if (from === "INBOX") {
          const target = addFolder(to);
          for (const message of folder.messages)
            put(target, message.raw, message.flags, message.internalDate);
          drop(folder, new Set(folder.messages.map((message) => message.uid)));
          return { kind: "ok" };
        }
        for (const inferior of folders.values()) {
          if (inferior.name.startsWith(`${from}/`)) inferior.name = to + inferior.name.slice(from.length);
        }
        folder.name = to;
        return { kind: "ok" };
      },
      async setSubscribed(name, subscribed) {
        const folder = byName(name);
        if (folder === null) return { kind: "no-such-folder" };
        folder.subscribed = subscribed;
        return { kind: "ok" };
      },
      async status(name) {
        const folder = byName(name);
        if (folder === null) return null;
        const { messages } = folder;
        return {
          id: folder.id,
          messages: messages.length,
          unseen: messages.filter((message) => !message.flags.includes("\\Seen")).length,
          deleted: messages.filter((message) => message.flags.includes("\\Deleted")).length,
          deletedBytes: sizeOf(messages.filter((message) => message.flags.includes("\\Deleted"))),
          sizeBytes: sizeOf(messages),
          uidNext: folder.uidNext,
          uidValidity: folder.uidValidity,
          highestModseq: folder.modseq,
        };
      },
      async open(name) {
        const folder = byName(name);
        if (folder === null) return null;
        const { id, uidValidity, uidNext, modseq } = folder;
        const uids = Uint32Array.from(folder.messages, (message) => message.uid);
        const unseen = folder.messages.find((message) => !message.flags.includes("\\Seen"));
        const firstUnseenUid = unseen?.uid ?? null;
        return { id, name: folder.name, uidValidity, uidNext, highestModseq: modseq, uids, firstUnseenUid };
      },
      async changesSince(id, modseq): Promise<FolderChanges | null> {
        const folder = folders.get(id);
        if (folder === undefined) return null;
        return {
          highestModseq: folder.modseq,
          uidNext: folder.uidNext,
          changed: folder.messages.filter((message) => message.modseq > modseq).map(summary),
          vanished:
            modseq < folder.forgottenUpTo
              ? { kind: "forgotten", present: Uint32Array.from(folder.messages, (message) => message.uid) }
              : {
                  kind: "uids",
                  uids: folder.tombstones
                    .filter((stone) => stone.modseq > modseq)
                    .map((stone) => stone.uid)
                    .sort((a, b) => a - b),
                },
        };
      },
      watch(id, onChange) {
        const { watchers } = byId(id);
        const stop = () => {
          watchers.delete(onChange);
          cleanups.delete(stop);
        };
        watchers.add(onChange);
        cleanups.add(stop);
        return stop;
      },
      async *fetch(id, uids, wanted) {
        rawReads[wanted.raw] += 1;
        for (const message of among(byId(id), uids)) {
          const { raw } = message;
          const parsed = wanted.envelope || wanted.bodyStructure ? parseMessage(raw) : null;
          const row: { -readonly [Key in keyof MessageRow]: MessageRow[Key] } = {
            ...summary(message),
            internalDate: message.internalDate,
            saveDate: message.saveDate,
            sizeBytes: raw.length,
          };
          if (wanted.envelope && parsed !== null) row.envelope = parsed.envelope;
          if (wanted.bodyStructure && parsed !== null) row.bodyStructure = parsed.bodyStructure;
          if (wanted.objectIds) {
            row.emailId = createHash("sha256").update(raw).digest("hex").slice(0, 16);
            row.threadId = null;
          }
          if (wanted.preview) row.preview = parseMessage(raw).textPreview;
          if (wanted.raw === "full") row.raw = raw;
          if (wanted.raw === "header") row.raw = raw.subarray(0, raw.indexOf("\r\n\r\n") + 4);
          yield [row];
        }
      },
      async storeFlags(id, uids, change) {
        const folder = byId(id);
        const updated: MessageSummary[] = [];
        const conflicting: number[] = [];
        for (const message of among(folder, uids)) {
          if (change.unchangedSince !== null && message.modseq > change.unchangedSince) {
            conflicting.push(message.uid);
            continue;
          }
          const kept = message.flags.filter((flag) => !change.flags.includes(flag));
          const flags =
            change.mode === "remove"
              ? kept
              : change.mode === "add"
                ? [...kept, ...change.flags]
                : change.flags;
          if ([...flags].sort().join() !== [...message.flags].sort().join()) {
            folder.modseq += 1;
            message.flags = flags;
            message.modseq = folder.modseq;
          }
          updated.push(summary(message));
        }
        announce(folder);
        return { updated, conflicting };
      },
      async append(name, messages) {
        const folder = byName(name);
        if (folder === null) return { kind: "no-such-folder" };
        if (!hasRoomFor(messages)) return { kind: "over-quota" };
        const uids = messages.map(({ raw, flags, internalDate }) =>
          put(folder, raw, flags, internalDate ?? new Date()),
        );
        return { kind: "ok", uidValidity: folder.uidValidity, uids };
      },
      async replace(id, uid, name, { raw, flags, internalDate }) {
        const folder = byName(name);
        if (folder === null) return { kind: "no-such-folder" };
        const replaced = among(byId(id), [uid]);
        if (replaced.length === 0) return { kind: "no-such-message" };
        if (!hasRoomFor([{ raw: raw.subarray(sizeOf(replaced)) }])) return { kind: "over-quota" };
        const added = put(folder, raw, flags, internalDate ?? new Date());
        drop(byId(id), new Set([uid]));
        return { kind: "ok", uidValidity: folder.uidValidity, uid: added };
      },
      async quota() {
        const all = allMessages();
        return {
          bytes: { used: sizeOf(all), limit: limitBytes },
          messages: { used: all.length, limit: null },
        };
      },
      metadata: {
        async get(name) {
          if (name !== null && byName(name) === null) return null;
          return metadata.get(name ?? "") ?? new Map();
        },
        async set(name, changes) {
          if (name !== null && byName(name) === null) return { kind: "no-such-folder" };
          const entries = new Map(metadata.get(name ?? ""));
          for (const [entry, value] of changes) {
            if (value === null) entries.delete(entry);
            else entries.set(entry, value);
          }
          if (entries.size > 10) return { kind: "too-many" };
          metadata.set(name ?? "", entries);
          return { kind: "ok" };
        },
      },
      async copy(id, uids, target) {
        return copyTo(id, uids, target);
      },
      async move(id, uids, target) {
        const result = copyTo(id, uids, target);
        if (result.kind === "ok") drop(byId(id), new Set(result.pairs.map(([uid]) => uid)));
        return result;
      },
      async expunge(id, scope) {
        const folder = byId(id);
        const chosen = scope.kind === "deleted" ? folder.messages : among(folder, scope.uids);
        const doomed =
          scope.kind === "uids" ? chosen : chosen.filter((one) => one.flags.includes("\\Deleted"));
        return drop(folder, new Set(doomed.map((message) => message.uid)));
      },
      async search(id, key: SearchKey, candidates) {
        return searchByFetch(session, id, key, candidates);
      },
      maildrop,
      onRevoked(listener) {
        revocations.add(listener);
        cleanups.add(() => revocations.delete(listener));
      },
      async lock(id) {
        const folder = byId(id);
        if (folder.locked) return null;
        folder.locked = true;
        return async () => {
          folder.locked = false;
        };
      },
      async close() {
        openSessions -= 1;
        for (const cleanup of cleanups) cleanup();
      },
    };
    return new Proxy(session, {
      get(target, method: keyof MailboxSession) {
        if (failing !== method) return target[method];
        failing = null;
        return () => {
          throw new Error(`the store is out of order (${method})`);
        };
      },
    });
  }

  return {
    rawReads,
    setMaildrop(policy) {
      maildrop = policy;
    },
    revoke() {
      for (const listener of [...revocations]) listener();
    },
    bearer: { openIdConfiguration: "https://id.waxwing.test/.well-known/openid-configuration" },
    async authenticate(credentials: Credentials) {
      const { username } = credentials;
      if (username === "busy") return { kind: "unavailable" };
      const isRight =
        credentials.kind === "password"
          ? username === "ann" && credentials.password === "secret"
          : (username === "ann" || username === "") && credentials.token === "good";
      if (!isRight) return { kind: "refused" };
      return { kind: "ok", session: createSession() };
    },
    deliver(name, raw, flags = []) {
      const folder = byName(name);
      if (folder === null) throw new Error(`no folder ${name}`);
      return put(folder, Buffer.from(raw.replace(/\r?\n/g, "\r\n")), flags, new Date("2026-03-04T05:06:07Z"));
    },
    uids: (name) => byName(name)?.messages.map((message) => message.uid) ?? [],
    flags: (name, uid) => byName(name)?.messages.find((message) => message.uid === uid)?.flags ?? [],
    forgetExpunges(name) {
      const folder = byName(name);
      if (folder === null) throw new Error(`no folder ${name}`);
      folder.forgottenUpTo = folder.modseq;
      folder.tombstones.length = 0;
    },
    limitBytes(limit) {
      limitBytes = limit;
    },
    failNext(method) {
      failing = method;
    },
    held() {
      const each = [...folders.values()].map((folder) => folder.watchers.size + (folder.locked ? 1 : 0));
      return each.reduce((sum, held) => sum + held, openSessions);
    },
  };
}
