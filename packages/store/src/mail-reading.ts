import { constants, zstdDecompressSync } from "node:zlib";
import type { Database } from "./database.ts";
import type { MailSummary } from "./folders.ts";
import type { FolderRef } from "./mail-transaction.ts";

/** A message as FETCH shows it, without its bytes. */
export interface MailRow extends MailSummary {
  readonly internalDate: Date;
  readonly sizeBytes: number;
  /** As it was filed; present if wanted. */
  readonly envelope?: unknown;
  /** As it was filed; present if wanted. */
  readonly bodyStructure?: unknown;
}

/** Rows by ascending UID; UIDs that are gone are left out. Reads no contents. Ask for some hundreds at a time. */
export async function mailRows(
  db: Database,
  ref: FolderRef,
  uids: readonly number[],
  wanted: { readonly envelope: boolean; readonly bodyStructure: boolean },
): Promise<readonly MailRow[]> {
  const { rows } = await db.pool.query<RowOfMail>({
    name: "mail-rows",
    text: `SELECT uid, modseq, flags, internal_date, size_bytes,
                  CASE WHEN $4 THEN envelope END AS envelope, CASE WHEN $5 THEN body_structure END AS body_structure
             FROM mailbox_messages
            WHERE folder_id = (SELECT id FROM folders WHERE mailbox_id = $1 AND id = $2) AND uid = ANY($3::bigint[])
            ORDER BY uid`,
    values: [ref.mailboxId, ref.folderId, uids, wanted.envelope, wanted.bodyStructure],
  });
  return rows.map((row) => ({
    uid: Number(row.uid),
    modseq: Number(row.modseq),
    flags: row.flags,
    internalDate: row.internal_date,
    sizeBytes: row.size_bytes,
    ...(wanted.envelope ? { envelope: row.envelope } : {}),
    ...(wanted.bodyStructure ? { bodyStructure: row.body_structure } : {}),
  }));
}

interface RowOfMail {
  uid: string;
  modseq: string;
  flags: string[];
  internal_date: Date;
  size_bytes: number;
  envelope: unknown;
  body_structure: unknown;
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

/** Bytes of a frame that are sure to hold its first block, and so the first 128 KB of the message (RFC 8878 §3.1.1.2.4). */
export const MAIL_START_BYTES = 160 * 1024;

/** What the start of a Zstandard frame can tell of its message. @throws when the frame is damaged. */
export function decodeMailStart(zstd: Buffer): Buffer {
  return zstdDecompressSync(zstd, { finishFlush: constants.ZSTD_e_continue });
}
