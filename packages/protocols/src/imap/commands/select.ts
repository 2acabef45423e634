import type { FolderSnapshot, MailboxSession } from "../../mailbox-session.ts";
import type { AuthenticatedCall } from "../command-row.ts";
import type { Decoder } from "../decoder.ts";
import { encodeFolderName } from "../encoder.ts";
import { SYSTEM_FLAGS } from "../flags.ts";
import { SEPARATOR, writeFolderName } from "../folder-name.ts";
import { bad, no } from "../imap-error.ts";
import {
  type Completion,
  type ImapIo,
  ok,
  type SelectedFolder,
  speaksRev2,
  speaksUtf8,
  unselect,
} from "../imap-session.ts";
import { type KnownState, parseKnownState, resynchronize } from "../resynchronize.ts";
import { createSequenceMap } from "../sequence-map.ts";

/** SELECT and EXAMINE (RFC 9051 §6.3.2, §6.3.3), with the CONDSTORE parameter of RFC 7162 §3.1.8. */
export function select(readOnly: boolean) {
  return async ({ io, args, session }: AuthenticatedCall): Promise<Completion> => {
    args.sp();
    const name = args.mailbox(speaksUtf8(io));
    const known = args.trySp() ? parseParameters(io, args) : null;
    args.end();
    if (io.phase.kind === "selected") {
      unselect(io);
      io.untagged("OK [CLOSED] Previous mailbox closed"); // RFC 9051 §7.1, CLOSED
    }
    // RFC 9051 §6.3.2: a failed SELECT leaves no mailbox selected.
    const snapshot = await session.open(name);
    if (snapshot === null) throw no("NONEXISTENT", "No such mailbox");
    const folder = watchFolder(session, snapshot, readOnly);
    io.phase = { kind: "selected", session, folder };
    describe(io, snapshot, readOnly);
    if (known !== null && known.uidValidity === snapshot.uidValidity) {
      await resynchronize(io, session, folder, known);
    }
    return ok(`${readOnly ? "EXAMINE" : "SELECT"} completed`, readOnly ? "READ-ONLY" : "READ-WRITE");
  };
}

/** `(CONDSTORE)` and `(QRESYNC (uidvalidity modseq [known-uids] [(known-sequence-set known-uid-set)]))`. */
function parseParameters(io: ImapIo, args: Decoder): KnownState | null {
  let known: KnownState | null = null;
  args.list(() => {
    const name = args.keyword();
    if (name === "CONDSTORE") {
      io.enabled.add("CONDSTORE");
      return;
    }
    if (name !== "QRESYNC") throw bad("Unknown SELECT parameter");
    if (!io.enabled.has("QRESYNC")) throw bad("ENABLE QRESYNC first"); // RFC 7162 §3.2.5
    args.sp();
    known = parseKnownState(args);
  });
  return known;
}

function watchFolder(session: MailboxSession, snapshot: FolderSnapshot, readOnly: boolean): SelectedFolder {
  const folder: SelectedFolder = {
    id: snapshot.id,
    name: snapshot.name,
    readOnly,
    uidValidity: snapshot.uidValidity,
    map: createSequenceMap(snapshot.uids),
    seenModseq: snapshot.highestModseq,
    told: new Map(),
    unannounced: new Set(),
    // Something may have happened between the snapshot and the start of the watch.
    changed: true,
    onChanged: () => {},
    saved: [],
    stopWatching: session.watch(snapshot.id, () => {
      folder.changed = true;
      folder.onChanged();
    }),
  };
  return folder;
}

function describe(io: ImapIo, snapshot: FolderSnapshot, readOnly: boolean): void {
  const flags = SYSTEM_FLAGS.join(" ");
  io.untagged(`FLAGS (${flags})`);
  // RFC 9051 §6.3.3: nothing that EXAMINE has opened changes.
  io.untagged(
    readOnly
      ? "OK [PERMANENTFLAGS ()] No flag can be changed"
      : `OK [PERMANENTFLAGS (${flags} \\*)] Keywords may be created`,
  );
  io.untagged(`${snapshot.uids.length} EXISTS`);
  if (speaksRev2(io)) {
    io.untagged(`LIST () "${SEPARATOR}" ${encodeFolderName(writeFolderName(snapshot.name, true))}`);
  } else {
    // Deviation: RFC 3501 §2.3.2 \Recent is never set; RFC 9051 has dropped it.
    io.untagged("0 RECENT");
    const { firstUnseenUid: unseen, uids } = snapshot;
    const index = unseen === null ? -1 : uids.indexOf(unseen);
    if (index >= 0) io.untagged(`OK [UNSEEN ${index + 1}] First unseen`);
  }
  io.untagged(`OK [UIDVALIDITY ${snapshot.uidValidity}] UIDs valid`);
  io.untagged(`OK [UIDNEXT ${snapshot.uidNext}] Predicted next UID`);
  io.untagged(`OK [HIGHESTMODSEQ ${snapshot.highestModseq}] Highest`);
  io.untagged(`OK [MAILBOXID (${snapshot.id})] Ok`); // RFC 8474 §4.2
}
