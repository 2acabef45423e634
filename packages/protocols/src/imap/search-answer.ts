import type { MailboxSession } from "../mailbox-session.ts";
import { type ImapIo, type SelectedFolder, speaksRev2 } from "./imap-session.ts";
import type { NumberKind } from "./message-set.ts";
import type { SearchReturn } from "./search-parse.ts";
import { formatSequenceSet } from "./sequence-set.ts";

/** What the answer to a SEARCH or SORT depends on. */
export interface SearchAnswer {
  readonly io: ImapIo;
  readonly session: MailboxSession;
  readonly folder: SelectedFolder;
  readonly tag: string;
  readonly kind: NumberKind;
  /** Null: no RETURN was given. */
  readonly returns: ReadonlySet<SearchReturn> | null;
  /** MODSEQ was searched for. */
  readonly modseq: boolean;
}

/** Writes SEARCH, SORT or ESEARCH (RFC 9051 §7.3.4, RFC 4731, RFC 5267), and saves the result where that was asked for. */
export async function answerSearch(
  answer: SearchAnswer,
  word: "SEARCH" | "SORT",
  found: readonly number[],
): Promise<void> {
  const { io, session, folder, kind, returns } = answer;
  const uids: number[] = [];
  const sequences: number[] = [];
  for (const uid of found) {
    const sequence = folder.map.sequenceOf(uid);
    if (sequence === null) continue;
    uids.push(uid);
    sequences.push(sequence);
  }
  if (returns?.has("SAVE")) folder.saved = [...savedPart(uids, returns)].sort((a, b) => a - b);
  const numbers = kind === "uid" ? uids : sequences;
  const modseq = answer.modseq && uids.length > 0 ? await highestModseq(session, folder, uids) : null;
  if (returns === null && (word === "SORT" || !speaksRev2(io))) {
    const tail = modseq === null ? "" : ` (MODSEQ ${modseq})`;
    io.untagged([word, ...numbers].join(" ") + tail);
    return;
  }
  // RFC 5182 §2.1: with SAVE alone there is nothing to tell.
  if (returns?.size === 1 && returns.has("SAVE")) return;
  const wanted: ReadonlySet<SearchReturn> = returns ?? new Set(["ALL"]);
  let text = `ESEARCH (TAG "${answer.tag}")${kind === "uid" ? " UID" : ""}`;
  // RFC 4731 §3.1: MIN, MAX and ALL are left out when nothing matched.
  if (wanted.has("MIN") && numbers.length > 0) text += ` MIN ${numbers[0]}`;
  if (wanted.has("MAX") && numbers.length > 0) text += ` MAX ${numbers.at(-1)}`;
  if (wanted.has("COUNT")) text += ` COUNT ${numbers.length}`;
  if (wanted.has("ALL") && numbers.length > 0) text += ` ALL ${formatSequenceSet(numbers)}`;
  if (modseq !== null) text += ` MODSEQ ${modseq}`;
  io.untagged(text);
}

/** RFC 5182 §2.1: with MIN or MAX and neither ALL nor COUNT, only those are saved. */
function savedPart(uids: readonly number[], returns: ReadonlySet<SearchReturn>): readonly number[] {
  const ends = returns.has("MIN") || returns.has("MAX");
  if (!ends || returns.has("ALL") || returns.has("COUNT")) return uids;
  const picked = [
    ...(returns.has("MIN") ? uids.slice(0, 1) : []),
    ...(returns.has("MAX") ? uids.slice(-1) : []),
  ];
  return [...new Set(picked)];
}

async function highestModseq(
  session: MailboxSession,
  folder: SelectedFolder,
  uids: readonly number[],
): Promise<number> {
  const ascending = [...uids].sort((a, b) => a - b);
  let highest = 1;
  const wanted = { envelope: false, bodyStructure: false, raw: "none" } as const;
  for await (const rows of session.fetch(folder.id, ascending, wanted))
    for (const row of rows) highest = Math.max(highest, row.modseq);
  return highest;
}
