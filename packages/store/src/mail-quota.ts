import type { PoolClient } from "pg";
import type { Database } from "./database.ts";

/** What the folders of a mailbox hold together, and may hold; a null limit: any number. */
export interface StoredQuota {
  readonly usedBytes: number;
  readonly limitBytes: number | null;
  readonly usedMessages: number;
  readonly limitMessages: number | null;
}

/** A mailbox would hold more than its quota allows; the transaction is rolled back. */
export class OverQuotaError extends Error {
  override readonly name = "OverQuotaError";
  readonly mailboxId: string;

  constructor(mailboxId: string) {
    super(`mailbox ${mailboxId} is over its quota`);
    this.mailboxId = mailboxId;
  }
}

/** The quota of a mailbox; null: there is no such mailbox. Sums the counts of its folders. */
export async function mailboxQuota(db: Database, mailboxId: string): Promise<StoredQuota | null> {
  const { rows } = await db.pool.query<{
    bytes: string;
    messages: string;
    quota_bytes: string | null;
    quota_messages: string | null;
  }>({
    name: "mailbox-quota",
    text: `SELECT quota_bytes, quota_messages, used.* FROM mailboxes, LATERAL (
             SELECT coalesce(sum(size_bytes), 0) AS bytes, coalesce(sum(messages), 0) AS messages
               FROM folders WHERE mailbox_id = mailboxes.id) AS used
            WHERE mailboxes.id = $1`,
    values: [mailboxId],
  });
  const [row] = rows;
  if (row === undefined) return null;
  return {
    usedBytes: Number(row.bytes),
    limitBytes: row.quota_bytes === null ? null : Number(row.quota_bytes),
    usedMessages: Number(row.messages),
    limitMessages: row.quota_messages === null ? null : Number(row.quota_messages),
  };
}

/** True when a mailbox with this quota takes `sizeBytes` in one message more. */
export function hasRoom(quota: StoredQuota, sizeBytes: number): boolean {
  const { usedBytes, limitBytes, usedMessages, limitMessages } = quota;
  return (
    (limitBytes === null || usedBytes + sizeBytes <= limitBytes) &&
    (limitMessages === null || usedMessages + 1 <= limitMessages)
  );
}

/** Sets what the folders of a mailbox may hold together; null: any number. False: the project has no such mailbox. */
export async function setMailboxQuota(
  db: Database,
  mailbox: { readonly projectId: string; readonly mailboxId: string },
  limits: { readonly bytes: number | null; readonly messages: number | null },
): Promise<boolean> {
  const { rowCount } = await db.pool.query(
    "UPDATE mailboxes SET quota_bytes = $3, quota_messages = $4 WHERE id = $1 AND project_id = $2",
    [mailbox.mailboxId, mailbox.projectId, limits.bytes, limits.messages],
  );
  return rowCount !== 0;
}

/**
 * To be called after the counts have been raised. Two changes at once in different folders do not see each other, so a mailbox may
 * end up above its quota by what arrives at the same moment: the lock that would prevent it would make all its folders wait.
 *
 * @throws OverQuotaError
 */
export async function refuseOverQuota(client: PoolClient, mailboxIds: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ id: string }>({
    name: "over-quota",
    text: `SELECT id FROM mailboxes, LATERAL (
             SELECT sum(size_bytes) AS bytes, sum(messages) AS messages FROM folders WHERE mailbox_id = mailboxes.id) AS used
            WHERE id = ANY($1::uuid[]) AND (used.bytes > quota_bytes OR used.messages > quota_messages) LIMIT 1`,
    values: [mailboxIds],
  });
  if (rows[0] !== undefined) throw new OverQuotaError(rows[0].id);
}

/** The result of `work`, or the answer that there is no room. */
export async function answerOverQuota<T>(work: Promise<T>): Promise<T | { readonly kind: "over-quota" }> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof OverQuotaError) return { kind: "over-quota" };
    throw error;
  }
}
