import { parseAppendMessage } from "../append-messages.ts";
import type { SelectedCall } from "../command-row.ts";
import { bad, no } from "../imap-error.ts";
import { type Completion, ok, speaksUtf8 } from "../imap-session.ts";
import { type NumberKind, resolveMessageSet } from "../message-set.ts";
import { announceExpunged } from "../updates.ts";

/** REPLACE and UID REPLACE (RFC 8508): APPENDUID comes untagged, before the EXPUNGE. */
export function replace(kind: NumberKind) {
  return async ({ io, args, session, folder }: SelectedCall): Promise<Completion> => {
    args.sp();
    const set = args.sequenceSet();
    args.sp();
    const name = args.mailbox(speaksUtf8(io));
    args.sp();
    const message = parseAppendMessage(io, args);
    args.end();
    if (set.kind === "saved" || set.ranges.length !== 1 || set.ranges[0]?.[0] !== set.ranges[0]?.[1]) {
      throw bad("Expected one message"); // RFC 8508 §4: seq-number, uniqueid
    }
    if (folder.readOnly) throw no("CANNOT", "The mailbox is open read-only");
    const [uid] = resolveMessageSet(folder, set, kind);
    if (uid === undefined) throw no("NONEXISTENT", "No such message");
    const result = await session.replace(folder.id, uid, name, message);
    switch (result.kind) {
      case "ok":
        io.untagged(`OK [APPENDUID ${result.uidValidity} ${result.uid}] Replacement stored`);
        folder.unannounced.add(uid);
        announceExpunged(io, folder);
        return ok("REPLACE completed");
      case "no-such-message":
        throw no("EXPUNGEISSUED", "The message is gone");
      case "no-such-folder":
        throw no("TRYCREATE", "No such mailbox");
      case "over-quota":
        throw no("OVERQUOTA", "Quota exceeded");
    }
  };
}
