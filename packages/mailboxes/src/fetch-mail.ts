import type * as message from "@waxwing/message";
import { type FetchWanted, headerEnd, type SearchedRow } from "@waxwing/protocols";
import {
  type Database,
  decodeMail,
  decodeMailStart,
  type FolderRef,
  MAIL_START_BYTES,
  type MailContent,
  type MailRow,
  mailContents,
  mailRows,
} from "@waxwing/store";
import type { ByteBudget } from "./byte-budget.ts";
import { emailId, threadIdText } from "./object-id.ts";
import { ahead, chunks } from "./read-ahead.ts";
import { shownBodyStructure, shownEnvelope } from "./stored-structure.ts";

/** Rows in one query: of those that a range names, and of those with what a list shows. */
const ROWS_AT_ONCE = 2_000;
const LISTINGS_AT_ONCE = 500;
/** The same with headers, of 16 KB each at most. */
const HEADERS_AT_ONCE = 250;
/** So few messages come with their octets in the first query, as far as they are stored as text. */
const WHOLE_AT_ONCE = 8;
/** Bytes of messages in one query, unless one message alone has more. */
const BYTES_AT_ONCE = 256 * 1024;
/** Loads up to here need no share of the budget: two for each of five hundred connections fit in 256 MB. */
const FREE_OF_BUDGET_BYTES = BYTES_AT_ONCE;

/** What a fetch has to load. `fields`: what `foldSearchFields` gave. */
export interface FetchPlan extends FetchWanted {
  readonly fields?: boolean;
}

/** Rows by ascending UID, in batches that are read in bounded steps, the next one while the last is being used. */
export async function* fetchMail(
  db: Database,
  budget: ByteBudget,
  ref: FolderRef,
  uids: readonly number[],
  plan: FetchPlan,
): AsyncGenerator<readonly SearchedRow[]> {
  const { raw } = plan;
  const sent = plan.sent === true;
  const header = raw === "header";
  const isListing = plan.envelope || plan.bodyStructure || plan.preview === true;
  const atOnce = header ? HEADERS_AT_ONCE : isListing ? LISTINGS_AT_ONCE : ROWS_AT_ONCE;
  const wanted = {
    envelope: plan.envelope && !sent,
    bodyStructure: plan.bodyStructure && !sent,
    sentEnvelope: plan.envelope && sent,
    sentStructure: plan.bodyStructure && sent,
    header,
    plain: raw === "full" && uids.length <= WHOLE_AT_ONCE,
    preview: plan.preview ?? false,
    objectIds: plan.objectIds ?? false,
    fields: plan.fields ?? false,
  };
  const batches = ahead(chunks(uids, atOnce), (batch) => mailRows(db, ref, batch, wanted));
  for await (const rows of batches) {
    if (raw === "none") yield rows.map(shownRow);
    else yield* fetchTexts(db, budget, ref, rows, raw, sent);
  }
}

/** Headers are kept beside the listings, and short messages as text; contents are read only where that is not so. */
async function* fetchTexts(
  db: Database,
  budget: ByteBudget,
  ref: FolderRef,
  rows: readonly MailRow[],
  raw: "header" | "full",
  sent: boolean,
): AsyncGenerator<readonly SearchedRow[]> {
  let shown: SearchedRow[] = [];
  let unknown: MailRow[] = [];
  for (const row of rows) {
    const text = raw === "header" ? row.header : row.plain;
    if (text === null || text === undefined) {
      if (shown.length > 0) yield shown;
      shown = [];
      unknown.push(row);
      continue;
    }
    if (unknown.length > 0) yield* fetchRaw(db, budget, ref, unknown, raw, sent);
    unknown = [];
    shown.push(withText(shownRow(row), text, sent));
  }
  if (shown.length > 0) yield shown;
  if (unknown.length > 0) yield* fetchRaw(db, budget, ref, unknown, raw, sent);
}

/** The row with a message or header that is at hand as text; `sent`: it is wanted so. */
export function withText<Row extends SearchedRow>(row: Row, text: string, sent: boolean): Row {
  return sent ? { ...row, sent: { ...row.sent, raw: text } } : { ...row, raw: Buffer.from(text) };
}

function shownRow(row: MailRow): SearchedRow {
  const { envelope, bodyStructure, sentEnvelope, sentStructure, preview, fields, contentHash, threadId } =
    row;
  const shown: { -readonly [Key in keyof SearchedRow]: SearchedRow[Key] } = {
    uid: row.uid,
    flags: row.flags,
    modseq: row.modseq,
    internalDate: row.internalDate,
    saveDate: row.savedAt,
    sizeBytes: row.sizeBytes,
  };
  // What is in these columns was made by parseMessage and is read by nobody else.
  if (envelope !== undefined) shown.envelope = shownEnvelope(envelope as message.Envelope);
  if (bodyStructure !== undefined)
    shown.bodyStructure = shownBodyStructure(bodyStructure as message.BodyStructure);
  if (sentEnvelope != null || sentStructure != null) {
    shown.sent = {
      ...(sentEnvelope == null ? {} : { envelope: sentEnvelope }),
      ...(sentStructure == null ? {} : { bodyStructure: sentStructure }),
    };
  }
  if (preview !== undefined) shown.preview = preview;
  if (fields !== undefined) shown.searchFields = fields;
  if (contentHash !== undefined) shown.emailId = emailId(contentHash);
  if (threadId !== undefined) shown.threadId = threadId === null ? null : threadIdText(threadId);
  return shown;
}

interface Step {
  readonly rows: MailRow[];
  sizeBytes: number;
}

function steps(rows: readonly MailRow[], raw: "header" | "full"): readonly Step[] {
  const all: Step[] = [];
  for (const row of rows) {
    const sizeBytes = raw === "full" ? row.sizeBytes : Math.min(row.sizeBytes, MAIL_START_BYTES);
    const last = all.at(-1);
    if (last !== undefined && last.sizeBytes + sizeBytes <= BYTES_AT_ONCE) {
      last.rows.push(row);
      last.sizeBytes += sizeBytes;
    } else {
      all.push({ rows: [row], sizeBytes });
    }
  }
  return all;
}

async function* fetchRaw(
  db: Database,
  budget: ByteBudget,
  ref: FolderRef,
  rows: readonly MailRow[],
  raw: "header" | "full",
  sent: boolean,
): AsyncGenerator<readonly SearchedRow[]> {
  // Who holds a share of the budget must not wait for another one: large steps are loaded when nothing else is held.
  const isLarge = (step: Step) => step.sizeBytes > FREE_OF_BUDGET_BYTES;
  const loads = ahead(steps(rows, raw), (step) => loadStep(db, budget, ref, step, raw), isLarge);
  for await (const { step, contents, giveBack } of loads) {
    try {
      const shown: SearchedRow[] = [];
      for (const row of step.rows) {
        const content = contents.get(row.uid);
        // Expunged between the two queries: gone, as if it had been before the first.
        if (content === undefined) continue;
        if (raw === "full") {
          if (content.kind === "plain") shown.push(withText(shownRow(row), content.text, sent));
          else shown.push({ ...shownRow(row), raw: await decodeMail(content, row.sizeBytes) });
          continue;
        }
        const header = await readHeader(db, ref, row, content);
        if (header !== null) shown.push({ ...shownRow(row), raw: header });
      }
      yield shown;
    } finally {
      giveBack();
    }
  }
}

async function loadStep(
  db: Database,
  budget: ByteBudget,
  ref: FolderRef,
  step: Step,
  raw: "header" | "full",
): Promise<{
  readonly step: Step;
  readonly contents: ReadonlyMap<number, MailContent>;
  readonly giveBack: () => void;
}> {
  const giveBack = step.sizeBytes <= FREE_OF_BUDGET_BYTES ? () => {} : await budget.take(step.sizeBytes);
  try {
    const uids = step.rows.map((row) => row.uid);
    const contents = await mailContents(db, ref, uids, raw === "header" ? MAIL_START_BYTES : null);
    return { step, contents, giveBack };
  } catch (error) {
    giveBack();
    throw error;
  }
}

/** The header with its empty line; null when the message is gone meanwhile. */
async function readHeader(
  db: Database,
  ref: FolderRef,
  row: Pick<MailRow, "uid" | "sizeBytes">,
  content: MailContent,
): Promise<Buffer | null> {
  if (content.kind === "plain" || content.complete) {
    const whole = await decodeMail(content, row.sizeBytes);
    return whole.subarray(0, headerEnd(whole) ?? whole.length);
  }
  const start = decodeMailStart(content.zstd);
  const end = headerEnd(start);
  if (end !== null) return start.subarray(0, end);
  const full = (await mailContents(db, ref, [row.uid])).get(row.uid);
  return full === undefined ? null : await readHeader(db, ref, row, full);
}
