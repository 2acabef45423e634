import type { FolderChanges, MailboxSession, MessageSummary } from "../mailbox-session.ts";
import type { ImapIo, SelectedFolder } from "./imap-session.ts";

/**
 * Brings the client's view of the selected folder up to date: reads what changed in the store and writes EXPUNGE,
 * EXISTS and FETCH. `expunges: false` keeps EXPUNGE back, because it would shift the sequence numbers of a client
 * that is using them (RFC 9051 §7.5.1). Returns `gone` if the folder no longer exists.
 */
export async function reportChanges(
  io: ImapIo,
  session: MailboxSession,
  folder: SelectedFolder,
  expunges: boolean,
): Promise<"ok" | "gone"> {
  folder.changed = false;
  const changes = await session.changesSince(folder.id, folder.seenModseq);
  if (changes === null) return "gone";
  folder.seenModseq = Math.max(folder.seenModseq, changes.highestModseq);
  for (const uid of vanishedUids(folder, changes)) if (folder.map.has(uid)) folder.unannounced.add(uid);
  if (expunges) announceExpunged(io, folder);

  const altered: MessageSummary[] = [];
  let grown = false;
  for (const message of changes.changed) {
    if (folder.map.add(message.uid)) grown = true;
    else if (folder.told.get(message.uid) !== message.modseq) altered.push(message);
  }
  folder.told.clear();
  if (grown) io.untagged(`${folder.map.size()} EXISTS`);
  for (const message of altered) reportFlags(io, folder, message);
  return "ok";
}

/** Notes that the client knows the flags of a message as they are at its modseq. */
export function noteTold(folder: SelectedFolder, message: Pick<MessageSummary, "uid" | "modseq">): void {
  if (message.modseq > folder.seenModseq) folder.told.set(message.uid, message.modseq);
}

/** UIDs that have gone from the folder, as far as the client knows them. */
function vanishedUids(folder: SelectedFolder, { vanished }: FolderChanges): readonly number[] {
  if (vanished.kind === "uids") return vanished.uids;
  const present = new Set(vanished.present);
  return folder.map.uids().filter((uid) => !present.has(uid));
}

/** Writes EXPUNGE for `unannounced` and takes the messages out of the map. */
export function announceExpunged(io: ImapIo, folder: SelectedFolder): void {
  if (folder.unannounced.size === 0) return;
  for (const sequence of folder.map.remove(folder.unannounced)) io.untagged(`${sequence} EXPUNGE`);
  folder.saved = folder.saved.filter((uid) => !folder.unannounced.has(uid));
  folder.unannounced.clear();
}

/** An unsolicited FETCH with the flags of a message; nothing if the client does not know the message. */
function reportFlags(io: ImapIo, folder: SelectedFolder, message: MessageSummary): void {
  const sequence = folder.map.sequenceOf(message.uid);
  if (sequence === null) return;
  // RFC 7162 §3.2: MODSEQ goes with every FETCH once CONDSTORE is on.
  const modseq = io.enabled.has("CONDSTORE") ? ` MODSEQ (${message.modseq})` : "";
  io.untagged(`${sequence} FETCH (UID ${message.uid} FLAGS (${message.flags.join(" ")})${modseq})`);
}
