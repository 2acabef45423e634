import type { MailboxSession } from "../mailbox-session.ts";
import type { Decoder } from "./decoder.ts";
import { bad } from "./imap-error.ts";
import type { ImapIo, SelectedFolder } from "./imap-session.ts";
import type { UidRange } from "./search-program.ts";
import { intersectRanges, mergeRanges, resolveRanges, toRanges } from "./sequence-set.ts";
import { noteTold, reportFlags, reportVanished, vanishedAmong } from "./updates.ts";

/** What a client says it knows of a folder (RFC 7162 §3.2.5). */
export interface KnownState {
  readonly uidValidity: number;
  readonly modseq: number;
  /** Ascending. */
  readonly uids: readonly UidRange[];
}

/** The argument of QRESYNC: `(uidvalidity modseq [known-uids] [(known-sequence-set known-uid-set)])`. */
export function parseKnownState(args: Decoder): KnownState {
  args.char("(");
  const uidValidity = args.number();
  args.sp();
  const modseq = args.number64();
  if (uidValidity === 0 || modseq === 0) throw bad("Expected numbers greater than zero");
  let uids: readonly UidRange[] = [{ first: 1, last: 0xffff_ffff }];
  while (args.trySp()) {
    if (args.peek() !== "(") uids = knownSet(args);
    else {
      // Sequence numbers with their UIDs help a store that has forgotten to say less; what we say is right without them.
      args.char("(");
      knownSet(args);
      args.sp();
      knownSet(args);
      args.char(")");
    }
  }
  args.char(")");
  return { uidValidity, modseq, uids };
}

function knownSet(args: Decoder): UidRange[] {
  const set = args.sequenceSet();
  if (set.kind === "saved" || set.ranges.some((range) => range.includes("*"))) {
    throw bad("Expected a set without * and $"); // RFC 7162 §7, known-uids
  }
  return mergeRanges(resolveRanges(set.ranges, 0));
}

/** What has gone and what has changed since the client's last visit (RFC 7162 §3.2.5.1). */
export async function resynchronize(
  io: ImapIo,
  session: MailboxSession,
  folder: SelectedFolder,
  known: KnownState,
): Promise<void> {
  const changes = await session.changesSince(folder.id, known.modseq);
  // Gone already: the next command says so.
  if (changes === null) return;
  reportVanished(io, vanishedAmong(folder, changes, known.uids), "earlier");
  const inKnown = new Set(
    folder.map.uidsInRanges(
      intersectRanges(toRanges(changes.changed.map((message) => message.uid)), known.uids),
    ),
  );
  for (const message of changes.changed) {
    if (!inKnown.has(message.uid)) continue;
    noteTold(folder, message);
    reportFlags(io, folder, message);
    if (io.connection.pendingBytes() > 65_536) await io.connection.flush();
  }
}
