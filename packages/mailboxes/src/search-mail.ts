import { type SearchedRow, type SearchKey, searchByFetch } from "@waxwing/protocols";
import { type Database, type FolderRef, findMail } from "@waxwing/store";
import type { FetchPlan } from "./fetch-mail.ts";
import { planSearch } from "./search-condition.ts";

/**
 * `MailboxSession.search` in two steps: the store leaves out what cannot match; of what is left, bytes are read only of messages
 * that no column decides. The Date field is in the stored envelope, so that SENTBEFORE and the like read no bytes at all.
 *
 * @param fetch rows by ascending UID
 */
export async function searchMail(
  db: Database,
  fetch: (uids: readonly number[], plan: FetchPlan) => AsyncIterable<SearchedRow>,
  ref: FolderRef,
  key: SearchKey,
  candidates: readonly number[],
): Promise<readonly number[]> {
  if (candidates.length === 0) return [];
  const plan = planSearch(key);
  const isAnybody = plan.condition.kind === "all" && !plan.exact;
  const left = isAnybody ? candidates : among(candidates, await findMail(db, ref, plan.condition));
  if (plan.exact || left.length === 0) return left;
  const envelope = asks(key, (part) => part.kind === "sent-date");
  const fields = asks(key, (part) => part.kind === "header" || part.kind === "text");
  return searchByFetch(
    { fetch: (_, uids, wanted) => fetch(uids, { ...wanted, envelope, fields }) },
    ref.folderId,
    key,
    left,
  );
}

/** Those that are in both, both ascending. */
function among(candidates: readonly number[], found: Uint32Array): readonly number[] {
  const both: number[] = [];
  let at = 0;
  for (const uid of found) {
    while ((candidates[at] ?? Number.POSITIVE_INFINITY) < uid) at++;
    if (candidates[at] === uid) both.push(uid);
  }
  return both;
}

function asks(key: SearchKey, test: (part: SearchKey) => boolean): boolean {
  switch (key.kind) {
    case "not":
      return asks(key.key, test);
    case "or":
      return asks(key.left, test) || asks(key.right, test);
    case "and":
      return key.keys.some((part) => asks(part, test));
    default:
      return test(key);
  }
}
