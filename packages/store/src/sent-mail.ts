import type { Database } from "./database.ts";
import type { LogPosition } from "./event-log.ts";
import { createFolder } from "./folders-tree.ts";
import { type FiledMail, insertMail, storeContents } from "./mail-insertion.ts";
import { OverQuotaError, refuseOverQuota } from "./mail-quota.ts";
import { countMail, inMailTransaction, lockFolders, takeNumbers } from "./mail-transaction.ts";
import type { StoredHeaders, StoredOptions } from "./schema/messages.ts";

/** A mailbox whose `Sent` shows what is sent from its addresses, and how far the project's event log was looked through for that. */
export interface SentMirror {
  readonly mailboxId: string;
  readonly projectId: string;
  readonly after: LogPosition;
}

/** A message that was accepted from an address of a mailbox. */
export interface SentMessage {
  readonly messageId: string;
  readonly contentKind: "parts" | "mime";
  readonly contentHash: Buffer;
  readonly headers: StoredHeaders;
  readonly subject: string;
  readonly sendAt: Date | null;
  readonly options: StoredOptions;
}

/** Events looked at for one mailbox in one go, and so most messages filed in one transaction. */
const EVENTS_AT_ONCE = 200;
/** Bytes of messages filed in one transaction, unless one alone is larger: they are all in memory then. */
const BYTES_AT_ONCE = 32 * 1024 * 1024;

/** The mailboxes that show what is sent. */
export async function listSentMirrors(db: Database): Promise<readonly SentMirror[]> {
  const { rows } = await db.pool.query<{ id: string; project_id: string; xact: string; event: string }>({
    name: "sent-mirrors",
    text: `SELECT id, project_id, sent_cursor_xact AS xact, sent_cursor_id AS event FROM mailboxes
            WHERE sent_cursor_xact IS NOT NULL AND sent_cursor_id IS NOT NULL ORDER BY id`,
  });
  return rows.map((row) => ({
    mailboxId: row.id,
    projectId: row.project_id,
    after: { xact: BigInt(row.xact), id: row.event },
  }));
}

/**
 * What the log tells next of mail from the addresses of a mailbox: a few hundred events of the project, of which those of other senders
 * are left out. Reports of ours and forwarded mail are nobody's.
 *
 * @returns null: nothing has happened. `until`: where to go on
 */
export async function nextSentMail(
  db: Database,
  { mailboxId, projectId, after }: SentMirror,
): Promise<{ readonly messages: readonly SentMessage[]; readonly until: LogPosition } | null> {
  const { rows } = await db.pool.query<{
    xact: string;
    event: string;
    id: string | null;
    content_kind: "parts" | "mime";
    content_hash: Buffer;
    size_bytes: number;
    headers: StoredHeaders;
    subject: string;
    send_at: Date | null;
    options: StoredOptions;
  }>({
    name: "next-sent-mail",
    text: `WITH page AS MATERIALIZED (
             SELECT xact, id AS event, type, message_id, ordinal FROM events
              WHERE project_id = $1 AND (xact, id) > ($2::bigint, $3::uuid)
                AND xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
              ORDER BY xact, id LIMIT $5
           )
           SELECT page.xact, page.event, sent.* FROM page LEFT JOIN LATERAL (
             SELECT id, content_kind, content_hash, size_bytes, headers, subject, send_at, options FROM messages
              WHERE messages.id = page.message_id AND messages.project_id = $1
                AND page.type = 'accepted' AND page.ordinal = 0
                AND NOT options ? 'report' AND NOT options ? 'reversePath'
                AND lower(headers -> 'from' ->> 'address') IN (
                  SELECT address FROM mailboxes WHERE mailboxes.id = $4
                  UNION ALL SELECT address FROM mailbox_aliases WHERE mailbox_id = $4)
           ) AS sent ON true
           ORDER BY page.xact, page.event`,
    values: [projectId, after.xact.toString(), after.id, mailboxId, EVENTS_AT_ONCE],
  });
  const messages: SentMessage[] = [];
  let until: LogPosition | null = null;
  let bytes = 0;
  for (const row of rows) {
    if (row.id !== null) {
      bytes += row.size_bytes;
      if (messages.length > 0 && bytes > BYTES_AT_ONCE) break;
      messages.push({
        messageId: row.id,
        contentKind: row.content_kind,
        contentHash: row.content_hash,
        headers: row.headers,
        subject: row.subject,
        sendAt: row.send_at,
        options: row.options,
      });
    }
    until = { xact: BigInt(row.xact), id: row.event };
  }
  return until === null ? null : { messages, until };
}

/**
 * Files sent mail in `Sent` and moves on in the log, in one transaction: each message is filed once, however many processes do this.
 *
 * @returns how many were filed; `over-quota`: none, and the log goes on; `overtaken`: another process has been here
 */
export async function fileSentMail(
  db: Database,
  mirror: SentMirror,
  until: LogPosition,
  mails: readonly FiledMail[],
): Promise<{ readonly kind: "filed" } | { readonly kind: "over-quota" } | { readonly kind: "overtaken" }> {
  const { mailboxId, after } = mirror;
  if (mails.length > 0) await createFolder(db, { mailboxId, name: "Sent", specialUse: "Sent" });
  try {
    return await inMailTransaction(db, async (client) => {
      await storeContents(client, mails);
      const moved = await client.query(
        `UPDATE mailboxes SET sent_cursor_xact = $4, sent_cursor_id = $5
          WHERE id = $1 AND sent_cursor_xact = $2 AND sent_cursor_id = $3`,
        [mailboxId, after.xact.toString(), after.id, until.xact.toString(), until.id],
      );
      if (moved.rowCount === 0) return { kind: "overtaken" };
      if (mails.length === 0) return { kind: "filed" };
      // A mail program may have renamed it; what it is for goes before what it is called.
      const found = await client.query<{ id: string }>(
        `SELECT id FROM folders WHERE mailbox_id = $1 AND (special_use = 'Sent' OR name = 'Sent')
          ORDER BY special_use = 'Sent' DESC NULLS LAST LIMIT 1`,
        [mailboxId],
      );
      const folderId = found.rows[0]?.id;
      // Deleted just now: it is made again with the next message.
      if (folderId === undefined || !(await lockFolders(client, mailboxId, [folderId])).has(folderId)) {
        return { kind: "filed" };
      }
      const { firstUid, modseq } = await takeNumbers(client, folderId, mails.length, countMail(mails));
      await refuseOverQuota(client, [mailboxId]);
      await insertMail(
        client,
        mails.map((mail, n) => ({ folderId, uid: firstUid + n, modseq, mail })),
      );
      return { kind: "filed" };
    });
  } catch (error) {
    if (!(error instanceof OverQuotaError) || mails.length === 0) throw error;
    const skipped = await fileSentMail(db, mirror, until, []);
    return skipped.kind === "filed" ? { kind: "over-quota" } : skipped;
  }
}
