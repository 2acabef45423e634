import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { constants, zstdDecompressSync } from "node:zlib";
import { decodeContent, encodeContent } from "./content.ts";
import type { Database } from "./database.ts";
import type { FiledMail } from "./mail-insertion.ts";
import type { FolderRef } from "./mail-transaction.ts";

/** Up to here a message that is text is stored as it is. */
const MAX_PLAIN_BYTES = 32 * 1024;

/** Addresses a message, and compresses it where that is worth it. The project is part of the hash: tenants never share a row. */
export async function encodeMail(
  projectId: string,
  raw: Buffer,
): Promise<Pick<FiledMail, "hash" | "zstd" | "plain" | "sizeBytes">> {
  const plain = plainMail(raw);
  if (plain === undefined) return encodeContent(projectId, raw);
  const hash = createHash("sha256").update(projectId).update(raw).digest();
  return { hash, zstd: Buffer.alloc(0), plain, sizeBytes: raw.length };
}

/**
 * A short message as text, if it is that, to be stored without compression: a message is read more often than it is written, and
 * making a Zstandard context takes longer than everything else about reading it.
 */
export function plainMail(raw: Buffer): string | undefined {
  // PostgreSQL's text takes no U+0000.
  return raw.length <= MAX_PLAIN_BYTES && isUtf8(raw) && !raw.includes(0) ? raw.toString("utf8") : undefined;
}

/** The octets of one message as they are stored. */
export type MailContent =
  | { readonly kind: "plain"; readonly text: string }
  /** A frame, or its start: `complete` is false when it is longer than was asked for. */
  | { readonly kind: "zstd"; readonly zstd: Buffer; readonly complete: boolean };

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
  // In base 64: binary results would be taken for UTF-8 by the driver, and hexadecimal ones take it eight times as long to read.
  const { rows } = await db.pool.query<[string, string | null, string | null, number | null]>({
    name: maxBytes === null ? "mail-contents" : "mail-content-starts",
    // One by one: while the table has not been analyzed, the planner would rather read the whole folder for some of its messages.
    text: `SELECT wanted.uid, content.plain, encode(${maxBytes === null ? "content.zstd" : "substring(content.zstd FROM 1 FOR $4)"}, 'base64'),
                  length(content.zstd)
             FROM unnest($3::bigint[]) AS wanted(uid),
                  LATERAL (SELECT content_hash FROM mailbox_messages
                            WHERE folder_id = (SELECT id FROM folders WHERE mailbox_id = $1 AND id = $2) AND uid = wanted.uid LIMIT 1) AS message,
                  LATERAL (SELECT plain, zstd FROM mailbox_contents WHERE hash = message.content_hash LIMIT 1) AS content`,
    values: [ref.mailboxId, ref.folderId, uids, ...(maxBytes === null ? [] : [maxBytes])],
    rowMode: "array",
  });
  return new Map(rows.map(([uid, plain, frame, length]) => [Number(uid), readContent(plain, frame, length)]));
}

function readContent(plain: string | null, frame: string | null, length: number | null): MailContent {
  if (plain !== null) return { kind: "plain", text: plain };
  const zstd = Buffer.from(frame ?? "", "base64");
  return { kind: "zstd", zstd, complete: zstd.length === length };
}

/** Messages up to here are decoded at once: handing them to another thread and back would take longer. */
const SYNC_LIMIT_BYTES = 256 * 1024;

/**
 * The message of a whole frame. Its size is known, so it is decoded into one buffer of that size: growing one costs as much again.
 *
 * @throws when the frame is damaged
 */
export async function decodeMail(content: MailContent, sizeBytes: number): Promise<Buffer> {
  if (content.kind === "plain") return Buffer.from(content.text);
  if (sizeBytes > SYNC_LIMIT_BYTES) return decodeContent(content.zstd);
  // One octet more than there is, or another buffer would be made to see that it stays empty.
  return zstdDecompressSync(content.zstd, { chunkSize: Math.max(sizeBytes + 1, constants.Z_MIN_CHUNK) });
}

/** Bytes of a frame that are sure to hold its first block, and so the first 128 KB of the message (RFC 8878 §3.1.1.2.4). */
export const MAIL_START_BYTES = 160 * 1024;

/** What the start of a Zstandard frame can tell of its message. @throws when the frame is damaged. */
export function decodeMailStart(zstd: Buffer): Buffer {
  return zstdDecompressSync(zstd, { finishFlush: constants.ZSTD_e_continue });
}
