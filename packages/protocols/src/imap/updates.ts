import type { FolderChanges, MailboxSession, MessageSummary } from "../mailbox-session.ts";
import type { ImapIo, SelectedFolder } from "./imap-session.ts";
import type { UidRange } from "./search-program.ts";
import { formatRanges, intersectRanges, missingRanges, toRanges } from "./sequence-set.ts";

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

/** Writes EXPUNGE, or VANISHED, for `unannounced` and takes the messages out of the map. */
export function announceExpunged(io: ImapIo, folder: SelectedFolder): void {
  if (folder.unannounced.size === 0) return;
  const sequences = folder.map.remove(folder.unannounced);
  // RFC 7162 §3.2.10: one or the other, by what the client has enabled.
  if (io.enabled.has("QRESYNC")) {
    reportVanished(io, toRanges([...folder.unannounced].sort((a, b) => a - b)), "now");
  } else for (const sequence of sequences) io.untagged(`${sequence} EXPUNGE`);
  folder.saved = folder.saved.filter((uid) => !folder.unannounced.has(uid));
  folder.unannounced.clear();
}

/** Ranges on one line: a response stays below the 8,192 octets that clients are known to read (RFC 7162 §4). */
const RANGES_A_LINE = 350;

/** VANISHED (RFC 7162 §3.2.10), on as many lines as it takes; nothing for no UIDs. */
export function reportVanished(io: ImapIo, ranges: readonly UidRange[], when: "now" | "earlier"): void {
  for (let at = 0; at < ranges.length; at += RANGES_A_LINE) {
    const some = formatRanges(ranges.slice(at, at + RANGES_A_LINE));
    io.untagged(`VANISHED ${when === "earlier" ? "(EARLIER) " : ""}${some}`);
  }
}

/**
 * The UIDs among `wanted` (ascending ranges) that an expunge took after a modseq and of which the client has not heard otherwise.
 * Where the store has forgotten, all that is not there (RFC 7162 §3.2.5.1).
 */
export function vanishedAmong(
  folder: SelectedFolder,
  changes: FolderChanges,
  wanted: readonly UidRange[],
): readonly UidRange[] {
  const { vanished, uidNext } = changes;
  const gone =
    vanished.kind === "uids"
      ? toRanges(vanished.uids)
      : missingRanges(vanished.present, Math.max(0, uidNext - 1));
  const among = intersectRanges(gone, wanted);
  // What the client still counts goes by an EXPUNGE or VANISHED of its own.
  const counted = folder.map.uidsInRanges(among);
  return counted.length === 0 ? among : intersectRanges(among, missingRanges(counted, uidNext));
}

/** An unsolicited FETCH with the flags of a message; nothing if the client does not know the message. */
export function reportFlags(io: ImapIo, folder: SelectedFolder, message: MessageSummary): void {
  const sequence = folder.map.sequenceOf(message.uid);
  if (sequence === null) return;
  // RFC 7162 §3.2: MODSEQ goes with every FETCH once CONDSTORE is on.
  const modseq = io.enabled.has("CONDSTORE") ? ` MODSEQ (${message.modseq})` : "";
  io.untagged(`${sequence} FETCH (UID ${message.uid} FLAGS (${message.flags.join(" ")})${modseq})`);
}
