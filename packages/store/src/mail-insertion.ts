import { createHash } from "node:crypto";
import type { PoolClient } from "pg";
import { applyFlagChange } from "./mail-flag-change.ts";
import { MAILBOX_CHANNEL, storableJson } from "./mail-transaction.ts";

/** A message to file. The first three come from `encodeContent` with the project that owns the mailboxes. */
export interface FiledMail {
  readonly hash: Buffer;
  /** Zstandard frame (RFC 8878); empty where `plain` has the message. */
  readonly zstd: Buffer;
  /** The message itself, as `encodeMail` gives it. */
  readonly plain?: string | undefined;
  readonly sizeBytes: number;
  /** As `parseMessage` of @waxwing/message gives it, like the next two. */
  readonly envelope: Readonly<Record<string, unknown>>;
  readonly bodyStructure: Readonly<Record<string, unknown>>;
  readonly preview: string;
  /** What FETCH sends, as `sentListing` of @waxwing/protocols gives it; absent: made at each FETCH. */
  readonly sent?: {
    readonly envelope: string | null;
    readonly bodyStructure: string | null;
    readonly header: string | null;
  };
  /** As `foldSearchFields` of @waxwing/protocols gives it; null: searches read the message. */
  readonly fields: string | null;
  /** What says which conversation it belongs to, as `parseMessage` gives it. */
  readonly thread: MailThread;
  /** INTERNALDATE: when it arrived. */
  readonly internalDateMs: number;
  readonly flags: readonly string[];
  /** Recipients of messages of ours that it is about, lower-cased; none when absent. */
  readonly about?: readonly string[];
}

/** The message ids of a message, of the one it answers, and of those it goes back to, oldest first (RFC 5322 §3.6.4). */
interface MailThread {
  readonly messageId: string | null;
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
}

/** Where a message goes, in a folder that is locked. */
export interface MailPlace {
  readonly folderId: string;
  readonly uid: number;
  readonly modseq: number;
  readonly mail: FiledMail;
}

/** Contents that are copied into one parameter. */
const MAX_JOINED_BYTES = 4 * 1024 * 1024;

/** Octets of a THREADID: beyond any chance that two conversations share one. */
const THREAD_ID_BYTES = 12;

/**
 * Stores the bytes of messages, each once. The update changes nothing, but locks content that is there already against
 * `deleteOrphanedContents` until the messages show it; in the order of hashes, so that two who store the same do not wait in a circle.
 */
export async function storeContents(client: PoolClient, mails: readonly FiledMail[]): Promise<void> {
  const sorted = mails.toSorted((a, b) => a.hash.compare(b.hash));
  const each = sorted.filter(({ hash }, index) => sorted[index - 1]?.hash.equals(hash) !== true);
  const sizeBytes = each.reduce((sum, { zstd, plain }) => sum + (plain ?? zstd).length, 0);
  if (each.length > 1 && sizeBytes <= MAX_JOINED_BYTES) return await storeJoined(client, each);
  for (const mail of each) {
    await client.query({
      name: "store-mail-content",
      text: `INSERT INTO mailbox_contents (hash, zstd, plain) VALUES ($1, $2, $3)
             ON CONFLICT (hash) DO UPDATE SET hash = excluded.hash`,
      values: mail.plain === undefined ? [mail.hash, mail.zstd, null] : [mail.hash, null, mail.plain],
    });
  }
}

/** One statement for all: frames as one binary parameter cut by length, because an array of `bytea` would travel as text. */
async function storeJoined(client: PoolClient, mails: readonly FiledMail[]): Promise<void> {
  let offset = 1;
  const frames: Buffer[] = [];
  const rows = mails.map((mail) => {
    const hash = mail.hash.toString("hex");
    if (mail.plain !== undefined) return { hash, plain: mail.plain };
    const { length } = mail.zstd;
    const row = { hash, offset, length };
    frames.push(mail.zstd);
    offset += length;
    return row;
  });
  await client.query({
    name: "store-mail-contents",
    text: `INSERT INTO mailbox_contents (hash, zstd, plain)
           SELECT decode(hash, 'hex'), substring($2::bytea FROM "offset" FOR length), plain
             FROM json_to_recordset($1::json) AS c(hash text, "offset" integer, length integer, plain text) ORDER BY hash
           ON CONFLICT (hash) DO UPDATE SET hash = excluded.hash`,
    values: [JSON.stringify(rows), Buffer.concat(frames)],
  });
}

/** Inserts messages whose contents are stored at the places they were given, and announces their folders. */
export async function insertMail(client: PoolClient, places: readonly MailPlace[]): Promise<void> {
  await client.query({
    name: "insert-mail",
    text: `WITH places AS MATERIALIZED (
             SELECT * FROM json_to_recordset($1::json) AS place(
               folder_id uuid, uid bigint, modseq bigint, flags text[], at float8, size integer, hash text, thread text,
               fields text, envelope json, structure json, preview text, about text[], sent_envelope text, sent_structure text,
               header text)
           ), listings AS (
             INSERT INTO mailbox_listings (folder_id, uid, envelope, body_structure, preview, about, sent_envelope, sent_structure,
                                           header)
             SELECT folder_id, uid, envelope, structure, preview, about, sent_envelope, sent_structure, header FROM places
           ), messages AS (
             INSERT INTO mailbox_messages (folder_id, uid, modseq, flags, internal_date, size_bytes, content_hash, saved_at,
                                           thread_id, fields)
             SELECT folder_id, uid, modseq, flags, to_timestamp(at / 1000), size, decode(hash, 'hex'), now(),
                    decode(thread, 'hex'), fields
               FROM places
           )
           SELECT pg_notify('${MAILBOX_CHANNEL}', folder_id::text || ' ' || max(modseq)) FROM places GROUP BY folder_id`,
    values: [storableJson(places.map(placeRow))],
  });
}

function placeRow({ folderId, uid, modseq, mail }: MailPlace): Readonly<Record<string, unknown>> {
  return {
    folder_id: folderId,
    uid,
    modseq,
    // Each once, whatever the client has written.
    flags: applyFlagChange([], { mode: "add", flags: mail.flags }),
    at: mail.internalDateMs,
    size: mail.sizeBytes,
    hash: mail.hash.toString("hex"),
    thread: threadId(mail).toString("hex"),
    fields: mail.fields,
    envelope: mail.envelope,
    structure: mail.bodyStructure,
    preview: mail.preview,
    sent_envelope: mail.sent?.envelope ?? null,
    sent_structure: mail.sent?.bodyStructure ?? null,
    header: mail.sent?.header ?? null,
    about: mail.about === undefined || mail.about.length === 0 ? null : mail.about,
  };
}

/**
 * RFC 8474 §5.2 leaves open what a thread is: here, what goes back to the same first message. It takes no look at other messages,
 * and so is the same whatever arrives first.
 */
function threadId({ thread, hash }: FiledMail): Buffer {
  const root = thread.references[0] ?? thread.inReplyTo ?? thread.messageId;
  return createHash("sha256")
    .update(root ?? hash)
    .digest()
    .subarray(0, THREAD_ID_BYTES);
}
