import type { MailboxSession } from "../../mailbox-session.ts";
import type { SelectedCall } from "../command-row.ts";
import { type Completion, ok, type SelectedFolder, speaksRev2 } from "../imap-session.ts";
import type { NumberKind } from "../message-set.ts";
import { parseSearch, type SearchReturn } from "../search-parse.ts";
import { formatSequenceSet } from "../sequence-set.ts";

/** SEARCH (RFC 9051 §6.4.4) with ESEARCH (RFC 4731), SEARCHRES (RFC 5182) and MODSEQ (RFC 7162 §3.1.5). */
export function search(kind: NumberKind) {
  return async ({ io, args, session, folder, tag }: SelectedCall): Promise<Completion> => {
    const request = parseSearch(io, args, folder);
    const matches = await session.search(folder.id, request.key, folder.map.uids());
    const uids = matches.filter((uid) => folder.map.has(uid));
    const { returns } = request;
    if (returns?.has("SAVE")) folder.saved = savedPart(uids, returns);
    const numbers = kind === "uid" ? uids : uids.map((uid) => folder.map.sequenceOf(uid) ?? 0);
    const modseq = request.modseq && uids.length > 0 ? await highestModseq(session, folder, uids) : null;
    if (returns === null && !speaksRev2(io)) {
      const tail = modseq === null ? "" : ` (MODSEQ ${modseq})`;
      io.untagged(["SEARCH", ...numbers].join(" ") + tail);
      return ok("SEARCH completed");
    }
    // RFC 5182 §2.1: with SAVE alone there is nothing to tell.
    if (returns?.size === 1 && returns.has("SAVE")) return ok("SEARCH completed");
    const wanted: ReadonlySet<SearchReturn> = returns ?? new Set(["ALL"]);
    let answer = `ESEARCH (TAG "${tag}")${kind === "uid" ? " UID" : ""}`;
    // RFC 4731 §3.1: MIN, MAX and ALL are left out when nothing matched.
    if (wanted.has("MIN") && numbers.length > 0) answer += ` MIN ${numbers[0]}`;
    if (wanted.has("MAX") && numbers.length > 0) answer += ` MAX ${numbers.at(-1)}`;
    if (wanted.has("COUNT")) answer += ` COUNT ${numbers.length}`;
    if (wanted.has("ALL") && numbers.length > 0) answer += ` ALL ${formatSequenceSet(numbers)}`;
    if (modseq !== null) answer += ` MODSEQ ${modseq}`;
    io.untagged(answer);
    return ok("SEARCH completed");
  };
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
  let highest = 1;
  const wanted = { envelope: false, bodyStructure: false, raw: "none" } as const;
  for await (const row of session.fetch(folder.id, uids, wanted)) highest = Math.max(highest, row.modseq);
  return highest;
}
