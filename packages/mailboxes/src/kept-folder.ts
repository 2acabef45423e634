import type { Flag, MessageRow, MessageSummary } from "@waxwing/protocols";
import type { FolderNews } from "@waxwing/store";

/** What is kept of one folder; see `createKeptRows`. */
export interface KeptFolder {
  readonly mailboxId: string;
  /** By UID, of some of its messages. */
  readonly rows: Map<number, MessageRow>;
  /** The sets of flags that its messages have: there are few, and who goes through the rows looks at each of them once. */
  readonly flagSets: Map<string, readonly Flag[]>;
  /** All changes up to here are in `rows`. */
  modseq: number;
  uidNext: number;
  /** Flags that this process has stored after `storedSince`, oldest first; nothing else has happened since then. */
  readonly stored: MessageSummary[];
  storedSince: number;
  /** This process has changed something that was not told in detail. */
  doubtful: boolean;
  /** Of the feed of changes, at `checkedAtMs`. */
  gaps: number;
  checkedAtMs: number;
  /** Under way. */
  checking: Promise<void> | null;
  /** Ends the subscription to its changes. */
  readonly stop: () => void;
}

/** More changes than this are read from the database by those who have not heard of them. */
const MAX_STORED = 5_000;
/** Clients make up keywords; beyond this many sets, and this many letters of one, messages do not share what they could. */
const MAX_FLAG_SETS = 100;
const MAX_FLAG_LETTERS = 200;

/** A folder of which no message is known yet. */
export function openKeptFolder(options: {
  readonly mailboxId: string;
  readonly head: Pick<FolderNews, "highestModseq" | "uidNext">;
  readonly stop: () => void;
  readonly gaps: number;
  readonly checkedAtMs: number;
}): KeptFolder {
  const { mailboxId, head, stop, gaps, checkedAtMs } = options;
  const { highestModseq: modseq, uidNext } = head;
  const none = { rows: new Map(), flagSets: new Map(), stored: [], doubtful: false, checking: null };
  return { ...none, mailboxId, modseq, uidNext, storedSince: modseq, gaps, checkedAtMs, stop };
}

/** Takes note of all that happened after the modseq that `folder` had when `news` was asked for, or after an earlier one. */
export function keepNews(
  folder: KeptFolder,
  { highestModseq, uidNext, changed, vanished }: FolderNews & { readonly vanished: readonly number[] },
): void {
  for (const uid of vanished) folder.rows.delete(uid);
  for (const message of changed) keepSummary(folder, message);
  folder.uidNext = Math.max(folder.uidNext, uidNext);
  if (highestModseq <= folder.modseq) return;
  folder.modseq = highestModseq;
  forgetStored(folder);
}

/** Takes note of flags that were stored. Those among `messages` that were not changed have an older modseq. */
export function keepChange(folder: KeptFolder, messages: readonly MessageSummary[]): void {
  let modseq = 0;
  for (const message of messages) {
    modseq = Math.max(modseq, message.modseq);
    keepSummary(folder, message);
  }
  if (modseq <= folder.modseq) return;
  // Modseqs are handed out one by one: with a gap, others have changed something too.
  if (modseq !== folder.modseq + 1) {
    folder.doubtful = true;
    return;
  }
  folder.modseq = modseq;
  for (const message of messages) if (message.modseq === modseq) folder.stored.push(message);
  if (folder.stored.length > MAX_STORED) forgetStored(folder);
}

/** The messages whose flags were stored after `modseq`, which is not below `storedSince`, by ascending UID. */
export function summariesSince(folder: KeptFolder, modseq: number): readonly MessageSummary[] {
  const latest = new Map<number, MessageSummary>();
  for (const message of folder.stored) if (message.modseq > modseq) latest.set(message.uid, message);
  return [...latest.values()].sort((a, b) => a.uid - b.uid);
}

/** The same flags in the same order, as the one array that messages of the folder share. */
export function sharedFlags({ flagSets }: KeptFolder, flags: readonly Flag[]): readonly Flag[] {
  const name = flags.join(" ");
  const shared = flagSets.get(name);
  if (shared !== undefined) return shared;
  if (name.length > MAX_FLAG_LETTERS) return flags;
  if (flagSets.size >= MAX_FLAG_SETS) flagSets.clear();
  flagSets.set(name, flags);
  return flags;
}

function forgetStored(folder: KeptFolder): void {
  folder.stored.length = 0;
  folder.storedSince = folder.modseq;
}

function keepSummary(folder: KeptFolder, { uid, flags, modseq }: MessageSummary): void {
  const row = folder.rows.get(uid);
  if (row === undefined || row.modseq >= modseq) return;
  folder.rows.set(uid, { ...row, flags: sharedFlags(folder, flags), modseq });
}
