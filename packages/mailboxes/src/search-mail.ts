import {
  type MessageRow,
  type SearchedRow,
  type SearchKey,
  type SearchMatcher,
  searchByFetch,
  searchMatcher,
} from "@waxwing/protocols";
import { type Database, type FolderRef, findMail } from "@waxwing/store";
import type { FetchPlan } from "./fetch-mail.ts";
import { planSearch } from "./search-condition.ts";

/** Where a search reads. */
interface SearchSource {
  readonly db: Database;
  /** Rows by ascending UID. */
  readonly fetch: (uids: readonly number[], plan: FetchPlan) => AsyncIterable<readonly SearchedRow[]>;
  /** Rows with flags, dates and sizes, if all of them are in memory. */
  readonly known: (uids: readonly number[]) => Promise<readonly MessageRow[] | null>;
}

/**
 * `MailboxSession.search` in two steps: the store leaves out what cannot match; of what is left, bytes are read only of messages
 * that no column decides. The Date field is in the stored envelope, so that SENTBEFORE and the like read no bytes at all.
 * Where the rows are in memory and tell all, the store is not asked.
 */
export async function searchMail(
  { db, fetch, known }: SearchSource,
  ref: FolderRef,
  key: SearchKey,
  candidates: readonly number[],
): Promise<readonly number[]> {
  if (candidates.length === 0) return [];
  const rows = isInRows(key) ? await known(candidates) : null;
  if (rows !== null) return matching(rows, searchMatcher(key));
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

function matching(rows: readonly MessageRow[], matches: SearchMatcher): readonly number[] {
  const found: number[] = [];
  for (const row of rows) if (matches(row) === true) found.push(row.uid);
  return found;
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

/** Flags, dates, sizes and UIDs decide it. */
function isInRows(key: SearchKey): boolean {
  return !asks(key, ({ kind }) => !ROW_KEYS.has(kind));
}

const ROW_KEYS: ReadonlySet<SearchKey["kind"]> = new Set([
  "all",
  "none",
  "uids",
  "flag",
  "larger",
  "smaller",
  "modseq",
  "arrived",
  "internal-date",
  "save-date",
]);

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
