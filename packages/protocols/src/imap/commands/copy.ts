import type { CopyResult } from "../../mailbox-session.ts";
import type { SelectedCall } from "../command-row.ts";
import { no } from "../imap-error.ts";
import { type Completion, ok, speaksUtf8 } from "../imap-session.ts";
import { type NumberKind, resolveMessageSet } from "../message-set.ts";
import { formatSequenceSet } from "../sequence-set.ts";
import { announceExpunged, reportChanges } from "../updates.ts";

/** COPY (RFC 9051 §6.4.7); the answer carries COPYUID (RFC 4315 §3). */
export function copy(kind: NumberKind) {
  return async (call: SelectedCall): Promise<Completion> => {
    const { uids, target } = parse(call, kind);
    if (uids.length === 0) return ok("Nothing to copy");
    const code = copyUid(await call.session.copy(call.folder.id, uids, target));
    return code === null ? ok("Nothing to copy") : ok("COPY completed", code);
  };
}

/** MOVE (RFC 9051 §6.4.8): COPYUID comes untagged, before the EXPUNGEs. */
export function move(kind: NumberKind) {
  return async (call: SelectedCall): Promise<Completion> => {
    const { io, folder, session } = call;
    const { uids, target } = parse(call, kind);
    if (folder.readOnly) throw no("CANNOT", "The mailbox is open read-only");
    if (uids.length === 0) return ok("Nothing to move");
    const result = await session.move(folder.id, uids, target);
    const code = copyUid(result);
    if (code === null || result.kind !== "ok") return ok("Nothing to move");
    io.untagged(`OK [${code}] Moved`);
    for (const [uid] of result.pairs) if (folder.map.has(uid)) folder.unannounced.add(uid);
    announceExpunged(io, folder);
    if (!io.enabled.has("QRESYNC")) return ok("MOVE completed");
    // RFC 7162 §3.2.9 (as for EXPUNGE): all news first, so that the modseq is true.
    if ((await reportChanges(io, session, folder, true)) === "gone") folder.changed = true;
    return ok("MOVE completed", `HIGHESTMODSEQ ${folder.seenModseq}`);
  };
}

function parse({ io, args, folder }: SelectedCall, kind: NumberKind) {
  args.sp();
  const set = args.sequenceSet();
  args.sp();
  const target = args.mailbox(speaksUtf8(io));
  args.end();
  return { uids: resolveMessageSet(folder, set, kind), target };
}

/** The response code, or null if no message was there any more. */
function copyUid(result: CopyResult): string | null {
  switch (result.kind) {
    case "ok": {
      if (result.pairs.length === 0) return null;
      const from = formatSequenceSet(result.pairs.map(([uid]) => uid));
      return `COPYUID ${result.uidValidity} ${from} ${formatSequenceSet(result.pairs.map(([, uid]) => uid))}`;
    }
    case "no-such-folder":
      throw no("TRYCREATE", "No such mailbox"); // RFC 9051 §6.4.7
    case "over-quota":
      throw no("OVERQUOTA", "Quota exceeded");
  }
}
