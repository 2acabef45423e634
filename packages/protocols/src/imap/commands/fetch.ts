import type { SelectedCall } from "../command-row.ts";
import { type FetchItem, parseFetchItems } from "../fetch-items.ts";
import { formatFetch, setsSeen, wantedFor } from "../fetch-response.ts";
import { hasFlag } from "../flags.ts";
import { bad } from "../imap-error.ts";
import { type Completion, ok } from "../imap-session.ts";
import { type NumberKind, resolveMessageSet } from "../message-set.ts";
import { reportChanges } from "../updates.ts";

/** Octets queued before the peer has to take some: bounds what a FETCH of a large folder holds. */
const FLUSH_AT_BYTES = 65_536;

/** FETCH (RFC 9051 §6.4.5) with CHANGEDSINCE (RFC 7162 §3.1.4). */
export function fetch(kind: NumberKind) {
  return async ({ io, args, session, folder }: SelectedCall): Promise<Completion> => {
    args.sp();
    const set = args.sequenceSet();
    args.sp();
    const items = parseFetchItems(args);
    const changedSince = args.trySp() ? parseModifiers(args) : null;
    args.end();
    if (changedSince !== null || items.some((item) => item.kind === "MODSEQ")) io.enabled.add("CONDSTORE");

    let uids = resolveMessageSet(folder, set, kind);
    // The map knows modseqs up to the last look at the store only.
    if (changedSince !== null) await reportChanges(io, session, folder, false);
    if (changedSince !== null) uids = uids.filter((uid) => (folder.map.get(uid)?.modseq ?? 0) > changedSince);
    const marked = new Set<number>();
    if (setsSeen(items) && !folder.readOnly) {
      const unseen = uids.filter((uid) => !hasFlag(folder.map.get(uid)?.flags ?? [], "\\Seen"));
      if (unseen.length > 0) {
        const change = { mode: "add", flags: ["\\Seen"], unchangedSince: null } as const;
        for (const message of (await session.storeFlags(folder.id, unseen, change)).updated) {
          marked.add(message.uid);
          folder.map.put(message);
        }
      }
    }
    if (uids.length === 0) return ok("FETCH completed");

    const shown = withImplied(items, kind, changedSince !== null);
    const { connection } = io;
    for await (const row of session.fetch(folder.id, uids, wantedFor(items))) {
      // A client that has gone must not keep the store busy.
      if (!connection.alive()) break;
      const sequence = folder.map.sequenceOf(row.uid);
      if (sequence === null) continue;
      // The flags may be news the client has not heard of: whoever is shown flags knows them from here on.
      const showsFlags = marked.has(row.uid) || shown.some((item) => item.kind === "FLAGS");
      if (showsFlags) folder.map.put({ uid: row.uid, flags: row.flags, modseq: row.modseq });
      const answered = marked.has(row.uid) ? withFlags(shown, io.enabled.has("CONDSTORE")) : shown;
      io.untagged(...formatFetch(sequence, row, answered));
      if (connection.pendingBytes() > FLUSH_AT_BYTES) await connection.flush();
    }
    return ok("FETCH completed");
  };
}

function parseModifiers(args: SelectedCall["args"]): number {
  let changedSince: number | null = null;
  args.list(() => {
    if (args.keyword() !== "CHANGEDSINCE") throw bad("Unknown FETCH modifier");
    args.sp();
    changedSince = args.number64();
  });
  if (changedSince === null) throw bad("Expected a FETCH modifier");
  return changedSince;
}

/** RFC 9051 §6.4.9: UID FETCH always shows the UID. RFC 7162 §3.1.4.1: CHANGEDSINCE always shows the MODSEQ. */
function withImplied(items: readonly FetchItem[], kind: NumberKind, changedSince: boolean): FetchItem[] {
  const has = (name: FetchItem["kind"]) => items.some((item) => item.kind === name);
  return [
    ...(kind === "uid" && !has("UID") ? [{ kind: "UID" } as const] : []),
    ...items,
    ...(changedSince && !has("MODSEQ") ? [{ kind: "MODSEQ" } as const] : []),
  ];
}

/** RFC 9051 §6.4.5: a change of \Seen by this FETCH is shown in its response. */
function withFlags(items: readonly FetchItem[], condstore: boolean): FetchItem[] {
  const shown = [...items];
  if (!shown.some((item) => item.kind === "FLAGS")) shown.push({ kind: "FLAGS" });
  if (condstore && !shown.some((item) => item.kind === "MODSEQ")) shown.push({ kind: "MODSEQ" });
  return shown;
}
