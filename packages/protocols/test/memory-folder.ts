import type { MessageSummary, SpecialUse } from "../src/index.ts";

interface StoredMessage {
  readonly uid: number;
  flags: readonly string[];
  modseq: number;
  readonly internalDate: Date;
  readonly saveDate: Date;
  readonly raw: Buffer;
}

/** A folder in memory, with what the port promises of it. */
export interface StoredFolder {
  id: string;
  name: string;
  specialUse: SpecialUse | null;
  subscribed: boolean;
  uidNext: number;
  readonly uidValidity: number;
  modseq: number;
  messages: StoredMessage[];
  readonly tombstones: { readonly uid: number; readonly modseq: number }[];
  /** Expunges up to this modseq are forgotten. */
  forgottenUpTo: number;
  locked: boolean;
  readonly watchers: Set<() => void>;
}

export const newFolder = (number: number, name: string, specialUse: SpecialUse | null): StoredFolder => ({
  id: `folder-${number}`,
  name,
  specialUse,
  subscribed: true,
  uidNext: 1,
  uidValidity: 1_000 + number,
  modseq: 1,
  messages: [],
  tombstones: [],
  forgottenUpTo: 0,
  locked: false,
  watchers: new Set(),
});

/** Tells all who watch the folder. */
export const announce = (folder: StoredFolder) => {
  for (const watcher of folder.watchers) watcher();
};

/** Puts a message in and returns its UID. */
export const put = (
  folder: StoredFolder,
  raw: Buffer,
  flags: readonly string[],
  internalDate: Date,
): number => {
  folder.modseq += 1;
  const uid = folder.uidNext;
  folder.uidNext += 1;
  const saveDate = new Date("2026-03-05T00:00:00Z");
  folder.messages.push({ uid, flags, modseq: folder.modseq, internalDate, saveDate, raw });
  announce(folder);
  return uid;
};

/** Takes messages out and returns their UIDs. */
export const drop = (folder: StoredFolder, uids: ReadonlySet<number>): number[] => {
  const gone = folder.messages.filter((message) => uids.has(message.uid)).map((message) => message.uid);
  if (gone.length === 0) return [];
  folder.modseq += 1;
  folder.messages = folder.messages.filter((message) => !uids.has(message.uid));
  for (const uid of gone) folder.tombstones.push({ uid, modseq: folder.modseq });
  announce(folder);
  return gone;
};

/** Octets of messages together. */
export const sizeOf = (messages: readonly { readonly raw: Buffer }[]) =>
  messages.reduce((sum, message) => sum + message.raw.length, 0);

export const summary = ({ uid, flags, modseq }: StoredMessage): MessageSummary => ({ uid, flags, modseq });

/** The messages that have one of these UIDs. */
export const among = (folder: StoredFolder, uids: readonly number[]) => {
  const wanted = new Set(uids);
  return folder.messages.filter((message) => wanted.has(message.uid));
};
