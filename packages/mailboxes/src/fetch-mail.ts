import type * as message from "@waxwing/message";
import type { FetchWanted, MessageRow } from "@waxwing/protocols";
import {
  type Database,
  decodeContent,
  decodeMailStart,
  type FolderRef,
  MAIL_START_BYTES,
  type MailContent,
  type MailRow,
  mailContents,
  mailRows,
} from "@waxwing/store";
import type { ByteBudget } from "./byte-budget.ts";
import { shownBodyStructure, shownEnvelope } from "./stored-structure.ts";

/** Rows in one query. */
const ROWS_AT_ONCE = 500;
/** Bytes of messages in one query, unless one message alone has more. */
const BYTES_AT_ONCE = 1024 * 1024;
/** Loads up to here need no share of the budget: a thousand connections fit in 256 MB. */
const FREE_OF_BUDGET_BYTES = 256 * 1024;

/** Rows by ascending UID, read in bounded steps: never more than one step of one session is in memory. */
export async function* fetchMail(
  db: Database,
  budget: ByteBudget,
  ref: FolderRef,
  uids: readonly number[],
  wanted: FetchWanted,
): AsyncGenerator<MessageRow> {
  for (let at = 0; at < uids.length; at += ROWS_AT_ONCE) {
    const rows = await mailRows(db, ref, uids.slice(at, at + ROWS_AT_ONCE), wanted);
    if (wanted.raw === "none") yield* rows.map(shownRow);
    else for (const step of steps(rows, wanted.raw)) yield* fetchRaw(db, budget, ref, step, wanted.raw);
  }
}

function shownRow(row: MailRow): MessageRow {
  const { envelope, bodyStructure, ...rest } = row;
  // What is in these columns was made by parseMessage and is read by nobody else.
  return {
    ...rest,
    saveDate: null,
    ...(envelope === undefined ? {} : { envelope: shownEnvelope(envelope as message.Envelope) }),
    ...(bodyStructure === undefined
      ? {}
      : { bodyStructure: shownBodyStructure(bodyStructure as message.BodyStructure) }),
  };
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
  step: Step,
  raw: "header" | "full",
): AsyncGenerator<MessageRow> {
  const giveBack = step.sizeBytes <= FREE_OF_BUDGET_BYTES ? null : await budget.take(step.sizeBytes);
  try {
    const uids = step.rows.map((row) => row.uid);
    const contents = await mailContents(db, ref, uids, raw === "header" ? MAIL_START_BYTES : null);
    for (const row of step.rows) {
      const content = contents.get(row.uid);
      // Expunged between the two queries: gone, as if it had been before the first.
      if (content === undefined) continue;
      if (raw === "full") {
        yield { ...shownRow(row), raw: await decodeContent(content.zstd) };
        continue;
      }
      const header = await readHeader(db, ref, row.uid, content);
      if (header !== null) yield { ...shownRow(row), raw: header };
    }
  } finally {
    giveBack?.();
  }
}

/** The header with its empty line; null when the message is gone meanwhile. */
async function readHeader(
  db: Database,
  ref: FolderRef,
  uid: number,
  content: MailContent,
): Promise<Buffer | null> {
  if (content.complete) {
    const whole = await decodeContent(content.zstd);
    return whole.subarray(0, headerEnd(whole) ?? whole.length);
  }
  const start = decodeMailStart(content.zstd);
  const end = headerEnd(start);
  if (end !== null) return start.subarray(0, end);
  const full = (await mailContents(db, ref, [uid])).get(uid);
  return full === undefined ? null : await readHeader(db, ref, uid, full);
}

/** The index after the empty line that ends the header (RFC 5322 §2.1), with CRLF or bare LF; null when there is none. */
function headerEnd(raw: Buffer): number | null {
  if (raw[0] === 0x0a) return 1;
  if (raw[0] === 0x0d && raw[1] === 0x0a) return 2;
  const crlf = raw.indexOf("\n\r\n");
  const lf = raw.subarray(0, crlf === -1 ? raw.length : crlf).indexOf("\n\n");
  if (lf !== -1) return lf + 2;
  return crlf === -1 ? null : crlf + 3;
}
