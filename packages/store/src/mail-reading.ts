import { constants, zstdDecompressSync } from "node:zlib";
import { decodeContent } from "./content.ts";
import type { Database } from "./database.ts";
import type { MailSummary } from "./folders.ts";
import type { FolderRef } from "./mail-transaction.ts";

/** A message as FETCH shows it, without its bytes. What is optional is present if wanted. */
export interface MailRow extends MailSummary {
  readonly internalDate: Date;
  /** When it came into the folder; null: before that was kept. */
  readonly savedAt: Date | null;
  readonly sizeBytes: number;
  /** As they were filed. */
  readonly envelope?: unknown;
  readonly bodyStructure?: unknown;
  readonly preview?: string;
  /** See `mailbox_messages.fields`. */
  readonly fields?: string | null;
  readonly contentHash?: Buffer;
  readonly threadId?: Buffer | null;
}

/** What rows shall have beyond what is always there. */
export interface MailWanted {
  readonly envelope?: boolean;
  readonly bodyStructure?: boolean;
  readonly preview?: boolean;
  readonly fields?: boolean;
  /** `contentHash` and `threadId`. */
  readonly objectIds?: boolean;
}

/** The columns of each wish; those of `mailbox_listings` take a look there. */
const COLUMNS = {
  envelope: "listing.envelope",
  bodyStructure: "listing.body_structure",
  preview: "listing.preview",
  fields: "message.fields",
  objectIds: "encode(message.content_hash, 'hex'), encode(message.thread_id, 'hex')",
} as const satisfies Record<keyof MailWanted, string>;

type Wish = keyof typeof COLUMNS;
const WISHES: readonly Wish[] = ["envelope", "bodyStructure", "preview", "fields", "objectIds"];
const LISTED: ReadonlySet<Wish> = new Set(["envelope", "bodyStructure", "preview"]);

/**
 * Rows by ascending UID; UIDs that are gone are left out. Reads no contents. Ask for some thousands at a time.
 *
 * @param uids ascending
 */
export async function mailRows(
  db: Database,
  ref: FolderRef,
  uids: readonly number[],
  wanted: MailWanted,
): Promise<readonly MailRow[]> {
  const first = uids[0];
  const last = uids.at(-1);
  if (first === undefined || last === undefined) return [];
  const wishes = WISHES.filter((wish) => wanted[wish] === true);
  // A client that asks for a range gets it as one, without a list that is longer than the answer.
  const isRange = last - first < uids.length * 2;
  const { rows } = await db.pool.query<(string | null)[], (string | number | readonly number[])[]>({
    name: `mail-rows ${isRange ? "range" : "list"} ${wishes.join(" ")}`,
    text: `SELECT message.uid, message.modseq, array_to_string(message.flags, ' '), date_part('epoch', message.internal_date),
                  date_part('epoch', message.saved_at), message.size_bytes${wishes.map((wish) => `, ${COLUMNS[wish]}`).join("")}
             FROM mailbox_messages AS message
                  ${wishes.some((wish) => LISTED.has(wish)) ? "JOIN mailbox_listings AS listing ON listing.folder_id = message.folder_id AND listing.uid = message.uid" : ""}
            WHERE message.folder_id = (SELECT id FROM folders WHERE mailbox_id = $1 AND id = $2)
              AND message.uid ${isRange ? "BETWEEN $3 AND $4" : "= ANY($3::bigint[])"}
            ORDER BY message.uid`,
    values: [ref.mailboxId, ref.folderId, ...(isRange ? [first, last] : [uids])],
    rowMode: "array",
    // Parsing by type costs more than the query: dates and arrays are read here, once for those that are alike.
    types: AS_TEXT,
  });
  const known = new Map<string, readonly string[]>();
  const asked = isRange && last - first + 1 > uids.length ? new Set(uids) : null;
  const found: MailRow[] = [];
  for (const row of rows) {
    const uid = Number(row[0]);
    if (asked !== null && !asked.has(uid)) continue;
    const flags = readFlags(row[2] ?? "", known);
    found.push({
      uid,
      modseq: Number(row[1]),
      flags,
      internalDate: readEpoch(row[3]) ?? new Date(0),
      savedAt: readEpoch(row[4]),
      sizeBytes: Number(row[5]),
      ...readWishes(row, wishes),
    });
  }
  return found;
}

const AS_TEXT = { getTypeParser: () => (text: string) => text };

/** No flag has a space in it: they are atoms (RFC 9051 §9, flag-keyword). */
function readFlags(text: string, known: Map<string, readonly string[]>): readonly string[] {
  const same = known.get(text);
  if (same !== undefined) return same;
  const flags = text === "" ? [] : text.split(" ");
  known.set(text, flags);
  return flags;
}

function readEpoch(seconds: string | null | undefined): Date | null {
  return seconds === null || seconds === undefined ? null : new Date(Math.round(Number(seconds) * 1_000));
}

type Wished = Pick<MailRow, "envelope" | "bodyStructure" | "preview" | "fields" | "contentHash" | "threadId">;

function readWishes(row: readonly (string | null)[], wishes: readonly Wish[]): Wished {
  const wished: { -readonly [Key in keyof Wished]: Wished[Key] } = {};
  let at = 6;
  for (const wish of wishes) {
    const value = row[at++] ?? null;
    switch (wish) {
      case "envelope":
      case "bodyStructure":
        wished[wish] = JSON.parse(value ?? "null");
        break;
      case "preview":
        wished.preview = value ?? "";
        break;
      case "fields":
        wished.fields = value;
        break;
      case "objectIds": {
        const thread = row[at++] ?? null;
        wished.contentHash = Buffer.from(value ?? "", "hex");
        wished.threadId = thread === null ? null : Buffer.from(thread, "hex");
      }
    }
  }
  return wished;
}

/** The bytes of one message. */
export interface MailContent {
  /** A Zstandard frame, or the start of one. */
  readonly zstd: Buffer;
  /** False when the frame is longer than was asked for. */
  readonly complete: boolean;
}

/**
 * The contents of messages by UID; UIDs that are gone are left out.
 *
 * @param maxBytes of each frame at most, which costs no more however large the message is; null: all
 */
export async function mailContents(
  db: Database,
  ref: FolderRef,
  uids: readonly number[],
  maxBytes: number | null = null,
): Promise<ReadonlyMap<number, MailContent>> {
  const { rows } = await db.pool.query<{ uid: string; zstd: Buffer; length: number }>({
    name: maxBytes === null ? "mail-contents" : "mail-content-starts",
    text: `SELECT uid, ${maxBytes === null ? "zstd" : "substring(zstd FROM 1 FOR $4) AS zstd"}, length(zstd) AS length
             FROM mailbox_messages JOIN mailbox_contents ON mailbox_contents.hash = mailbox_messages.content_hash
            WHERE folder_id = (SELECT id FROM folders WHERE mailbox_id = $1 AND id = $2) AND uid = ANY($3::bigint[])`,
    values: [ref.mailboxId, ref.folderId, uids, ...(maxBytes === null ? [] : [maxBytes])],
  });
  return new Map(
    rows.map((row) => [Number(row.uid), { zstd: row.zstd, complete: row.zstd.length === row.length }]),
  );
}

/** Messages up to here are decoded at once: handing them to another thread and back would take longer. */
const SYNC_LIMIT_BYTES = 256 * 1024;

/**
 * The message of a whole frame. Its size is known, so it is decoded into one buffer of that size: growing one costs as much again.
 *
 * @throws when the frame is damaged
 */
export async function decodeMail(zstd: Buffer, sizeBytes: number): Promise<Buffer> {
  if (sizeBytes > SYNC_LIMIT_BYTES) return decodeContent(zstd);
  // One octet more than there is, or another buffer would be made to see that it stays empty.
  return zstdDecompressSync(zstd, { chunkSize: Math.max(sizeBytes + 1, constants.Z_MIN_CHUNK) });
}

/** Bytes of a frame that are sure to hold its first block, and so the first 128 KB of the message (RFC 8878 §3.1.1.2.4). */
export const MAIL_START_BYTES = 160 * 1024;

/** What the start of a Zstandard frame can tell of its message. @throws when the frame is damaged. */
export function decodeMailStart(zstd: Buffer): Buffer {
  return zstdDecompressSync(zstd, { finishFlush: constants.ZSTD_e_continue });
}
