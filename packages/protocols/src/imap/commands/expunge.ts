import type { ExpungeScope } from "../../mailbox-session.ts";
import type { SelectedCall } from "../command-row.ts";
import { no } from "../imap-error.ts";
import { type Completion, ok } from "../imap-session.ts";
import { resolveMessageSet } from "../message-set.ts";
import { announceExpunged } from "../updates.ts";

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
  for (const uid of await session.expunge(folder.id, scope)) {
    if (folder.map.has(uid)) folder.unannounced.add(uid);
  }
  announceExpunged(io, folder);
  return ok("EXPUNGE completed");
}
