import type { SelectedCall } from "../command-row.ts";
import { type Completion, ok } from "../imap-session.ts";
import type { NumberKind } from "../message-set.ts";
import { answerSearch } from "../search-answer.ts";
import { parseReturns, parseSearchKeys } from "../search-parse.ts";

/** SEARCH (RFC 9051 §6.4.4) with ESEARCH (RFC 4731), SEARCHRES (RFC 5182) and MODSEQ (RFC 7162 §3.1.5). */
export function search(kind: NumberKind) {
  return async ({ io, args, session, folder, tag }: SelectedCall): Promise<Completion> => {
    args.sp();
    const returns = parseReturns(args);
    const { key, modseq } = parseSearchKeys(io, args, folder, "optional");
    const matches = await session.search(folder.id, key, folder.map.uids());
    await answerSearch({ io, session, folder, tag, kind, returns, modseq }, "SEARCH", matches);
    return ok("SEARCH completed");
  };
}
