import type { FetchWanted, MailboxSession, MessageRow } from "../../mailbox-session.ts";
import type { SelectedCall } from "../command-row.ts";
import type { Decoder } from "../decoder.ts";
import { type FetchItem, parseFetchItems } from "../fetch-items.ts";
import { fetchFormat, setsSeen, wantedFor } from "../fetch-response.ts";
import { hasFlag } from "../flags.ts";
import { bad } from "../imap-error.ts";
import { type Completion, type ImapIo, ok, type SelectedFolder } from "../imap-session.ts";
import { type NumberKind, resolveMessageSet, uidRangesOf } from "../message-set.ts";
import { noteTold, reportVanished, vanishedAmong } from "../updates.ts";

/** Octets queued before the peer has to take some: bounds what a FETCH of a large folder holds. */
const FLUSH_AT_BYTES = 65_536;

/** FETCH (RFC 9051 §6.4.5) with CHANGEDSINCE (RFC 7162 §3.1.4). */
export function fetch(kind: NumberKind) {
  return async ({ io, args, session, folder }: SelectedCall): Promise<Completion> => {
    args.sp();
    const set = args.sequenceSet();
    args.sp();
    const items = parseFetchItems(args);
    const modifiers = args.trySp() ? parseModifiers(args) : null;
    args.end();
    const changedSince = modifiers?.changedSince ?? null;
    // RFC 7162 §3.2.6
    if (modifiers?.vanished && (kind !== "uid" || !io.enabled.has("QRESYNC"))) {
      throw bad("VANISHED needs UID FETCH and ENABLE QRESYNC");
    }
    if (changedSince !== null || items.some((item) => item.kind === "MODSEQ")) io.enabled.add("CONDSTORE");

    let uids = resolveMessageSet(folder, set, kind);
    if (changedSince !== null) {
      const changes = await session.changesSince(folder.id, changedSince);
      if (modifiers?.vanished && changes !== null) {
        reportVanished(io, vanishedAmong(folder, changes, uidRangesOf(folder, set)), "earlier");
      }
      const changed = new Set(changes?.changed.map((message) => message.uid));
      uids = uids.filter((uid) => changed.has(uid));
    }
    if (uids.length === 0) return ok("FETCH completed");

    const shown = withImplied(items, kind, changedSince !== null);
    const wanted = wantedFor(items);
    const marks = setsSeen(items) && !folder.readOnly;
    const batches: AsyncIterable<readonly MarkedRow[]> = marks
      ? fetchAndMarkSeen(session, folder, uids, wanted)
      : session.fetch(folder.id, uids, wanted);
    await answerRows(io, folder, batches, shown);
    return ok("FETCH completed");
  };
}

/** Writes the answers, no faster than the peer takes them. */
async function answerRows(
  io: ImapIo,
  folder: SelectedFolder,
  batches: AsyncIterable<readonly MarkedRow[]>,
  shown: readonly FetchItem[],
): Promise<void> {
  const { connection } = io;
  const showsFlags = shown.some((item) => item.kind === "FLAGS");
  const format = fetchFormat(shown);
  const formatMarked = fetchFormat(withFlags(shown, io));
  /** Whole answers, also when one of them cannot be given: those before it can. */
  let text = "";
  const write = () => {
    connection.write(text);
    text = "";
  };
  try {
    for await (const rows of batches) {
      for (const row of rows) {
        const sequence = folder.map.sequenceOf(row.uid);
        if (sequence === null) continue;
        const marked = row.marked === true;
        // The flags may be news the client has not heard of: whoever is shown flags knows them from here on.
        if (marked || showsFlags) noteTold(folder, row);
        const answer = marked ? formatMarked(sequence, row) : format(sequence, row);
        if (typeof answer === "string") text += answer;
        else {
          write();
          for (const piece of answer) connection.write(piece);
        }
        if (text.length + connection.pendingBytes() <= FLUSH_AT_BYTES) continue;
        write();
        await connection.flush();
      }
      // A client that has gone must not keep the store busy.
      if (!connection.alive()) return;
    }
  } finally {
    write();
  }
}

interface MarkedRow extends MessageRow {
  /** This FETCH has set its `\\Seen`. */
  readonly marked?: boolean;
}

/** The rows, with `\\Seen` set where it was not (RFC 9051 §6.4.5). Flags are stored before any of them is shown. */
async function* fetchAndMarkSeen(
  session: MailboxSession,
  folder: SelectedFolder,
  uids: readonly number[],
  wanted: FetchWanted,
): AsyncGenerator<readonly MarkedRow[]> {
  const change = { mode: "add", flags: ["\\Seen"], unchangedSince: null } as const;
  if (uids.length === 1) {
    // A client that opens one message pays for one look at it.
    const found: MessageRow[] = [];
    for await (const rows of session.fetch(folder.id, uids, wanted)) found.push(...rows);
    for (const row of found) {
      const seen = hasFlag(row.flags, "\\Seen");
      const [now] = seen ? [] : (await session.storeFlags(folder.id, uids, change)).updated;
      yield [now === undefined ? row : { ...row, ...now, marked: true }];
    }
    return;
  }
  const unseen: number[] = [];
  const flagsOnly = { envelope: false, bodyStructure: false, raw: "none" } as const;
  for await (const rows of session.fetch(folder.id, uids, flagsOnly)) {
    for (const row of rows) if (!hasFlag(row.flags, "\\Seen")) unseen.push(row.uid);
  }
  const marked = new Set<number>();
  if (unseen.length > 0) {
    const result = await session.storeFlags(folder.id, unseen, change);
    for (const message of result.updated) marked.add(message.uid);
  }
  for await (const rows of session.fetch(folder.id, uids, wanted)) {
    yield marked.size === 0
      ? rows
      : rows.map((row) => (marked.has(row.uid) ? { ...row, marked: true } : row));
  }
}

/** `(CHANGEDSINCE n)` and `(CHANGEDSINCE n VANISHED)`. */
function parseModifiers(args: Decoder): { readonly changedSince: number; readonly vanished: boolean } {
  let changedSince: number | null = null;
  let vanished = false;
  args.list(() => {
    const name = args.keyword();
    if (name === "VANISHED") vanished = true;
    else if (name === "CHANGEDSINCE") {
      args.sp();
      changedSince = args.number64();
    } else throw bad("Unknown FETCH modifier");
  });
  if (changedSince === null) throw bad("Expected CHANGEDSINCE");
  return { changedSince, vanished };
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
function withFlags(items: readonly FetchItem[], io: ImapIo): FetchItem[] {
  const has = (name: FetchItem["kind"]) => items.some((item) => item.kind === name);
  return [
    // RFC 7162 §3.2.4: once QRESYNC is on, news of flags come with the UID.
    ...(io.enabled.has("QRESYNC") && !has("UID") ? [{ kind: "UID" } as const] : []),
    ...items,
    ...(has("FLAGS") ? [] : [{ kind: "FLAGS" } as const]),
    ...(io.enabled.has("CONDSTORE") && !has("MODSEQ") ? [{ kind: "MODSEQ" } as const] : []),
  ];
}
