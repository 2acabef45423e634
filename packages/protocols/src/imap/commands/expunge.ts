import type { ExpungeScope } from "../../mailbox-session.ts";
import type { SelectedCall } from "../command-row.ts";
import { no } from "../imap-error.ts";
import { type Completion, ok } from "../imap-session.ts";
import { resolveMessageSet } from "../message-set.ts";
import { announceExpunged, reportChanges } from "../updates.ts";

/** EXPUNGE (RFC 9051 §6.4.3). */
export async function expunge(call: SelectedCall): Promise<Completion> {
  call.args.end();
  return run(call, { kind: "deleted" });
}

/** UID EXPUNGE (RFC 4315 §2.1). */
export async function uidExpunge(call: SelectedCall): Promise<Completion> {
  call.args.sp();
  const set = call.args.sequenceSet();
  call.args.end();
  return run(call, { kind: "deleted-among", uids: resolveMessageSet(call.folder, set, "uid") });
}

async function run({ io, session, folder }: SelectedCall, scope: ExpungeScope): Promise<Completion> {
  if (folder.readOnly) throw no("CANNOT", "The mailbox is open read-only");
  const gone = await session.expunge(folder.id, scope);
  if (gone.length > 0 && io.enabled.has("QRESYNC")) {
    // RFC 7162 §3.2.7: HIGHESTMODSEQ is true only for who has been told of everything up to it.
    if ((await reportChanges(io, session, folder, true)) === "gone") folder.changed = true;
    return ok("EXPUNGE completed", `HIGHESTMODSEQ ${folder.seenModseq}`);
  }
  for (const uid of gone) if (folder.map.has(uid)) folder.unannounced.add(uid);
  announceExpunged(io, folder);
  return ok("EXPUNGE completed");
}
