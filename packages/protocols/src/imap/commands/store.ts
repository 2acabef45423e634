import type { Flag, FlagChange } from "../../mailbox-session.ts";
import type { SelectedCall } from "../command-row.ts";
import type { Decoder } from "../decoder.ts";
import { hasFlag } from "../flags.ts";
import { bad, no } from "../imap-error.ts";
import { type Completion, ok } from "../imap-session.ts";
import { type NumberKind, resolveMessageSet } from "../message-set.ts";
import { formatSequenceSet } from "../sequence-set.ts";
import { noteTold } from "../updates.ts";

/** STORE (RFC 9051 §6.4.6) with UNCHANGEDSINCE (RFC 7162 §3.1.3). */
export function store(kind: NumberKind) {
  return async ({ io, args, session, folder }: SelectedCall): Promise<Completion> => {
    args.sp();
    const set = args.sequenceSet();
    args.sp();
    let unchangedSince: number | null = null;
    if (args.peek() === "(") {
      args.list(() => {
        if (args.keyword() !== "UNCHANGEDSINCE") throw bad("Unknown STORE modifier");
        args.sp();
        unchangedSince = args.number64();
        io.enabled.add("CONDSTORE");
      });
      args.sp();
    }
    const { change, silent } = parseChange(args, unchangedSince);
    args.end();
    if (folder.readOnly) throw no("CANNOT", "The mailbox is open read-only");
    const uids = resolveMessageSet(folder, set, kind);
    if (uids.length === 0) return ok("No such messages");

    const result = await session.storeFlags(folder.id, uids, change);
    const condstore = io.enabled.has("CONDSTORE");
    for (const message of result.updated) {
      const sequence = folder.map.sequenceOf(message.uid);
      if (sequence === null) continue;
      noteTold(folder, message);
      const items: string[] = [];
      if (kind === "uid" || condstore) items.push(`UID ${message.uid}`);
      if (!silent) items.push(`FLAGS (${message.flags.join(" ")})`);
      // RFC 7162 §3.1.3: the new MODSEQ is told even if .SILENT was asked for.
      if (condstore) items.push(`MODSEQ (${message.modseq})`);
      if (!silent || condstore) io.untagged(`${sequence} FETCH (${items.join(" ")})`);
      if (io.connection.pendingBytes() > 65_536) await io.connection.flush();
    }
    if (result.conflicting.length === 0) return ok("STORE completed");
    const failed =
      kind === "uid"
        ? result.conflicting
        : result.conflicting.flatMap((uid) => folder.map.sequenceOf(uid) ?? []);
    return ok("Conditional STORE failed for some", `MODIFIED ${formatSequenceSet(failed)}`);
  };
}

function parseChange(args: Decoder, unchangedSince: number | null): { change: FlagChange; silent: boolean } {
  const mode = args.tryChar("+") ? "add" : args.tryChar("-") ? "remove" : "replace";
  const word = args.keyword();
  if (word !== "FLAGS" && word !== "FLAGS.SILENT") throw bad("Expected FLAGS");
  args.sp();
  const flags: Flag[] = [];
  if (args.peek() === "(") flags.push(...args.flagList());
  else {
    // RFC 9051 §9, store-att-flags: the parentheses may be missing.
    do {
      const flag = args.flag();
      if (flag !== null && !hasFlag(flags, flag)) flags.push(flag);
    } while (args.trySp());
  }
  if (flags.some((flag) => flag.length > 100) || flags.length > 100)
    throw no("LIMIT", "Too many or too long flags");
  return { change: { mode, flags, unchangedSince }, silent: word === "FLAGS.SILENT" };
}
