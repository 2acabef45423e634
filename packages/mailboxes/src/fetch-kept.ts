import type { FetchWanted, MessageRow } from "@waxwing/protocols";
import type { Database, FolderRef } from "@waxwing/store";
import type { ByteBudget } from "./byte-budget.ts";
import { fetchMail, withText } from "./fetch-mail.ts";
import type { KeptContents } from "./kept-contents.ts";
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
): AsyncIterable<MessageRow> {
  const { db, budget, kept, contents } = source;
  const { raw, sent = false, envelope, bodyStructure, objectIds = false, preview = false } = wanted;
  const isListing = envelope || bodyStructure || objectIds || preview;
  if (raw === "none") return isListing ? fetchMail(db, budget, ref, uids, wanted) : kept.rows(ref, uids);
  const texts = isListing ? null : contents.all(ref.folderId, uids, raw);
  if (texts !== null) return withTexts(kept.rows(ref, uids), texts, sent);
  return keeping(fetchMail(db, budget, ref, uids, wanted), (row) => contents.keep(ref.folderId, row, raw));
}

async function* withTexts(
  rows: AsyncIterable<MessageRow>,
  texts: ReadonlyMap<number, string | Buffer>,
  sent: boolean,
): AsyncGenerator<MessageRow> {
  for await (const row of rows) {
    const text = texts.get(row.uid);
    if (typeof text === "string") yield withText(row, text, sent);
    else if (text !== undefined) yield { ...row, raw: text };
  }
}

async function* keeping(
  rows: AsyncIterable<MessageRow>,
  keep: (row: MessageRow) => void,
): AsyncGenerator<MessageRow> {
  for await (const row of rows) {
    keep(row);
    yield row;
  }
}
