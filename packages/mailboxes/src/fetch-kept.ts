import type { FetchWanted, MessageRow } from "@waxwing/protocols";
import type { Database, FolderRef } from "@waxwing/store";
import type { ByteBudget } from "./byte-budget.ts";
import { fetchMail, withText } from "./fetch-mail.ts";
import type { KeptContents, KeptText } from "./kept-contents.ts";
import type { KeptRows } from "./kept-rows.ts";

/** Where a fetch reads, what is kept in memory before the database. */
interface FetchSource {
  readonly db: Database;
  readonly budget: ByteBudget;
  readonly kept: KeptRows;
  readonly contents: KeptContents;
}

/** `MailboxSession.fetch`: from memory where all that is wanted is there, by `fetchMail` otherwise. */
export function fetchKept(
  source: FetchSource,
  ref: FolderRef,
  uids: readonly number[],
  wanted: FetchWanted,
): AsyncIterable<readonly MessageRow[]> {
  const { db, budget, kept, contents } = source;
  const { raw, sent = false, envelope, bodyStructure, objectIds = false, preview = false } = wanted;
  const isListing = envelope || bodyStructure || objectIds || preview;
  if (raw === "none") return isListing ? fetchMail(db, budget, ref, uids, wanted) : kept.rows(ref, uids);
  const texts = isListing ? null : contents.all(ref.folderId, uids, raw);
  if (texts !== null) return withTexts(kept.rows(ref, uids), uids, texts, sent);
  return keeping(fetchMail(db, budget, ref, uids, wanted), (row) => contents.keep(ref.folderId, row, raw));
}

/** @param texts those of `uids`, in their order */
async function* withTexts(
  batches: AsyncIterable<readonly MessageRow[]>,
  uids: readonly number[],
  texts: readonly KeptText[],
  sent: boolean,
): AsyncGenerator<readonly MessageRow[]> {
  let at = 0;
  for await (const rows of batches) {
    yield rows.map((row) => {
      // Some of them may be gone.
      while (at < uids.length && uids[at] !== row.uid) at++;
      const text = texts[at] ?? "";
      return typeof text === "string" ? withText(row, text, sent) : { ...row, raw: text };
    });
  }
}

async function* keeping(
  batches: AsyncIterable<readonly MessageRow[]>,
  keep: (row: MessageRow) => void,
): AsyncGenerator<readonly MessageRow[]> {
  for await (const rows of batches) {
    for (const row of rows) keep(row);
    yield rows;
  }
}
