import type { Database } from "./database.ts";
import type { LeasedRow } from "./first-lease.ts";

/** The idempotency key of a request, as its client chose it. */
export interface IdempotencyKey {
  readonly key: string;
  /** Position in a batch; -1 for a request with one message. */
  readonly item: number;
  /** SHA-256 of the request. */
  readonly requestHash: Buffer;
}

/** What became of a message that was to be stored. */
export type Insertion =
  | {
      readonly kind: "stored";
      /** Its recipients that were stored as claimed; absent: none. */
      readonly leased?: readonly LeasedRow[];
    }
  /** The same request had been stored before; this is what it was answered. */
  | {
      readonly kind: "duplicate";
      readonly messageId: string;
      readonly recipients: readonly { readonly ordinal: number; readonly address: string }[];
    }
  /** The key belongs to another request. */
  | { readonly kind: "key-reused" };

interface Keyed {
  readonly id: string;
  readonly projectId: string;
  readonly idempotency?: IdempotencyKey;
}

/** How long a key is remembered at least. */
const KEPT_HOURS = 24;
const DELETED_AT_ONCE = 10_000;

/** The JSON row of a message's key, as the accepting statement reads it; none for a message without. */
export function keyRow(message: Keyed): Record<string, unknown>[] {
  if (message.idempotency === undefined) return [];
  const { key, item, requestHash } = message.idempotency;
  return [
    {
      project_id: message.projectId,
      key,
      item,
      request_hash: requestHash.toString("hex"),
      message_id: message.id,
    },
  ];
}

/** What the holders of these messages' keys were answered, by the id of the message that came too late. */
export async function findFirstAnswers(
  db: Database,
  messages: readonly Keyed[],
): Promise<ReadonlyMap<string, Insertion>> {
  const { rows } = await db.pool.query<{
    late_id: string;
    same: boolean;
    message_id: string | null;
    recipients: { ordinal: number; address: string }[] | null;
  }>({
    name: "find-first-answers",
    text: `SELECT late.message_id AS late_id, held.request_hash = decode(late.request_hash, 'hex') AS same, held.message_id,
                  (SELECT json_agg(json_build_object('ordinal', ordinal, 'address', address) ORDER BY ordinal)
                     FROM recipients WHERE recipients.message_id = held.message_id) AS recipients
             FROM json_to_recordset($1::json)
               AS late(project_id uuid, key text, item integer, request_hash text, message_id uuid)
             JOIN idempotency_keys AS held USING (project_id, key, item)`,
    values: [JSON.stringify(messages.flatMap(keyRow))],
  });
  return new Map(
    rows.map((row) => [
      row.late_id,
      row.same && row.message_id !== null
        ? { kind: "duplicate", messageId: row.message_id, recipients: row.recipients ?? [] }
        : { kind: "key-reused" },
    ]),
  );
}

/**
 * Takes a key for a batch as a whole, before its items are stored under keys of their own. A batch that broke off goes on where it
 * had come to when it is sent again.
 *
 * @returns whether the key is this request's: new, or taken by the same request before.
 */
export async function takeBatchKey(
  db: Database,
  batch: { readonly projectId: string; readonly key: string; readonly requestHash: Buffer },
): Promise<boolean> {
  const values = [batch.projectId, batch.key, batch.requestHash];
  const { rowCount } = await db.pool.query({
    name: "take-batch-key",
    text: `INSERT INTO idempotency_keys (project_id, key, item, request_hash) VALUES ($1, $2, -1, $3) ON CONFLICT DO NOTHING`,
    values,
  });
  if (rowCount === 1) return true;
  const { rowCount: same } = await db.pool.query({
    name: "is-batch-key",
    text: `SELECT FROM idempotency_keys
            WHERE project_id = $1 AND key = $2 AND item = -1 AND request_hash = $3 AND message_id IS NULL`,
    values,
  });
  return same === 1;
}

/** Deletes the keys of more than 24 hours ago, in portions. Returns how many. */
export async function deleteOldIdempotencyKeys(db: Database): Promise<number> {
  let total = 0;
  for (;;) {
    const { rowCount } = await db.pool.query(
      `DELETE FROM idempotency_keys WHERE (project_id, key, item) IN (
         SELECT project_id, key, item FROM idempotency_keys
          WHERE created_at < now() - make_interval(hours => $1)
          ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
      [KEPT_HOURS, DELETED_AT_ONCE],
    );
    total += rowCount ?? 0;
    if ((rowCount ?? 0) < DELETED_AT_ONCE) return total;
  }
}
