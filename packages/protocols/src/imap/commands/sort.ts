import type { SelectedCall } from "../command-row.ts";
import type { Decoder } from "../decoder.ts";
import { bad } from "../imap-error.ts";
import { type Completion, ok } from "../imap-session.ts";
import type { NumberKind } from "../message-set.ts";
import { answerSearch } from "../search-answer.ts";
import { parseReturns, parseSearchKeys } from "../search-parse.ts";
import { sortByFetch } from "../sort-messages.ts";
import type { SortCriterion } from "../sort-program.ts";

const KEYS = ["ARRIVAL", "CC", "DATE", "DISPLAYFROM", "DISPLAYTO", "FROM", "SIZE", "SUBJECT", "TO"] as const;

/** SORT (RFC 5256 §3), with RETURN (RFC 5267 §3) and the display names of RFC 5957. */
export function sort(kind: NumberKind) {
  return async ({ io, args, session, folder, tag }: SelectedCall): Promise<Completion> => {
    args.sp();
    const returns = parseReturns(args);
    const order = parseOrder(args);
    args.sp();
    const request = parseSearchKeys(io, args, folder, "required");
    const matches = await session.search(folder.id, request.key, folder.map.uids());
    const uids = matches.filter((uid) => folder.map.has(uid));
    const sorted =
      session.sort === undefined
        ? await sortByFetch(session, folder.id, order, uids)
        : await session.sort(folder.id, order, uids);
    await answerSearch({ io, session, folder, tag, kind, returns, modseq: request.modseq }, "SORT", sorted);
    return ok("SORT completed");
  };
}

function parseOrder(args: Decoder): readonly SortCriterion[] {
  const order: SortCriterion[] = [];
  args.list(() => {
    let name = args.keyword();
    const reverse = name === "REVERSE";
    if (reverse) {
      args.sp();
      name = args.keyword();
    }
    const key = KEYS.find((known) => known === name);
    if (key === undefined) throw bad("Unknown sort criterion");
    if (order.length >= 20) throw bad("Too many sort criteria");
    order.push({ key, reverse });
  });
  if (order.length === 0) throw bad("Expected a sort criterion");
  return order;
}
