import { and, asc, count, eq, inArray, isNotNull } from "drizzle-orm";
import type { RecipientRef } from "./claim.ts";
import type { Database } from "./database.ts";
import { sendBatches, unsubscribeGroups } from "./schema/index.ts";
import { inTransaction } from "./transaction.ts";

export type SendBatch = typeof sendBatches.$inferSelect;
/** What can be ordered for a batch. */
export type SendBatchStatus = NonNullable<SendBatch["status"]>;

/** Makes a batch without orders. */
export async function insertSendBatch(
  db: Database,
  batch: Pick<SendBatch, "id" | "projectId">,
): Promise<void> {
  await db.orm.insert(sendBatches).values(batch);
}

/** A batch of this project, or null. */
export async function findSendBatch(
  db: Database,
  projectId: string,
  batchId: string,
): Promise<SendBatch | null> {
  const [row] = await db.orm.select().from(sendBatches).where(owned(projectId, batchId));
  return row ?? null;
}

/** The batches of a project that have orders, oldest first. */
export function listOrderedSendBatches(db: Database, projectId: string): Promise<SendBatch[]> {
  return db.orm
    .select()
    .from(sendBatches)
    .where(and(eq(sendBatches.projectId, projectId), isNotNull(sendBatches.status)))
    .orderBy(asc(sendBatches.createdAt), asc(sendBatches.id));
}

/** How many batches of a project have orders. */
export async function countOrderedSendBatches(db: Database, projectId: string): Promise<number> {
  const [row] = await db.orm
    .select({ count: count() })
    .from(sendBatches)
    .where(and(eq(sendBatches.projectId, projectId), isNotNull(sendBatches.status)));
  return row?.count ?? 0;
}

/**
 * Orders a batch to be paused or cancelled, or (null) to be sent at its time. It counts for whatever is claimed from then on; what a
 * pause had put off becomes due again, each recipient at the time of its message.
 *
 * The batch's row is locked first, here and in {@link putOffPaused}: so a recipient is either put off before the order, and found
 * here, or not at all.
 *
 * @param at the time of the order: a pause ends 72 hours after it
 * @returns the batch as it is then, and the sites whose lanes must learn of it; null when there is no such batch
 */
export async function orderSendBatch(
  db: Database,
  order: {
    readonly projectId: string;
    readonly batchId: string;
    readonly status: SendBatchStatus | null;
    readonly at: Date;
  },
): Promise<{ readonly batch: SendBatch; readonly sites: readonly string[] } | null> {
  const { projectId, batchId, status, at } = order;
  return await inTransaction(db, async ({ orm, client }) => {
    const [before] = await orm.select().from(sendBatches).where(owned(projectId, batchId)).for("update");
    if (before === undefined) return null;
    const statusSetAt = status === null ? null : at;
    await orm.update(sendBatches).set({ status, statusSetAt }).where(owned(projectId, batchId));
    const batch = { ...before, status, statusSetAt };
    if (before.status !== "pause" || before.statusSetAt === null) return { batch, sites: [] };
    const { rows } = await client.query<{ site: string }>(BRING_BACK, [
      projectId,
      batchId,
      before.statusSetAt,
    ]);
    return { batch, sites: rows.map((row) => row.site) };
  });
}

/** SendGrid's: what has been paused for longer is not sent any more. */
const PAUSE_ENDS = "interval '72 hours'";

/** The batch status of a claimed message: a pause that lasts too long has become `expired`. For the claim's select list. */
export const BATCH_STATUS_SQL = `CASE WHEN send_batches.status = 'pause' AND send_batches.status_set_at <= now() - ${PAUSE_ENDS}
            THEN 'expired' ELSE send_batches.status END`;

/** When a paused recipient is looked at again: when the pause or its message ends. `messages` is in scope. */
const PUT_OFF_UNTIL = (setAt: string): string =>
  `least(${setAt} + ${PAUSE_ENDS}, coalesce(messages.expires_at, 'infinity'))`;

const BRING_BACK = `
WITH waiting AS MATERIALIZED (
  SELECT backlog.message_id, backlog.ordinal, greatest(coalesce(messages.send_at, now()), now()) AS due_at
    FROM messages JOIN backlog ON backlog.message_id = messages.id
   WHERE messages.project_id = $1 AND messages.batch_id = $2 AND backlog.lease_id IS NULL
     AND backlog.due_at >= ${PUT_OFF_UNTIL("$3::timestamptz")}
   ORDER BY backlog.message_id, backlog.ordinal
     FOR UPDATE OF backlog
), back AS (
  UPDATE backlog SET due_at = waiting.due_at
    FROM waiting
   WHERE backlog.message_id = waiting.message_id AND backlog.ordinal = waiting.ordinal
  RETURNING backlog.site
)
SELECT DISTINCT site FROM back`;

/**
 * Gives claimed recipients of paused batches back untried, to be looked at when the pause ends. One whose pause has been lifted
 * meanwhile is due at once.
 */
export async function putOffPaused(
  db: Database,
  leaseId: string,
  held: readonly RecipientRef[],
): Promise<void> {
  await db.pool.query({
    name: "put-off-paused",
    text: PUT_OFF,
    values: [leaseId, held.map((ref) => ref.messageId), held.map((ref) => ref.ordinal)],
  });
}

const PUT_OFF = `
WITH held AS MATERIALIZED (
  SELECT * FROM unnest($2::uuid[], $3::integer[]) AS held(message_id, ordinal)
), orders AS MATERIALIZED (
  SELECT id, status, status_set_at FROM send_batches
   WHERE id IN (SELECT batch_id FROM messages JOIN held ON held.message_id = messages.id)
   ORDER BY id
     FOR SHARE
)
UPDATE backlog SET attempt = backlog.attempt - 1, lease_id = NULL, leased_until = NULL,
       due_at = CASE WHEN orders.status = 'pause' THEN ${PUT_OFF_UNTIL("orders.status_set_at")} ELSE backlog.due_at END
  FROM held
  JOIN messages ON messages.id = held.message_id
  JOIN orders ON orders.id = messages.batch_id
 WHERE backlog.message_id = held.message_id AND backlog.ordinal = held.ordinal AND backlog.lease_id = $1`;

/**
 * Deletes batches that nothing can wait for any more: a message is scheduled 72 hours ahead at most, a pause lasts as long, and 30 days
 * are more than both.
 */
export async function deleteOldSendBatches(db: Database): Promise<void> {
  await db.pool.query(
    `DELETE FROM send_batches
      WHERE created_at < now() - interval '30 days' AND coalesce(status_set_at, created_at) < now() - interval '30 days'`,
  );
}

/** Which of these unsubscribe groups a project has. */
export async function findUnsubscribeGroupIds(
  db: Database,
  projectId: string,
  groupIds: readonly number[],
): Promise<ReadonlySet<number>> {
  if (groupIds.length === 0) return new Set();
  const rows = await db.orm
    .select({ id: unsubscribeGroups.id })
    .from(unsubscribeGroups)
    .where(and(eq(unsubscribeGroups.projectId, projectId), inArray(unsubscribeGroups.id, [...groupIds])));
  return new Set(rows.map((row) => row.id));
}

function owned(projectId: string, batchId: string) {
  return and(eq(sendBatches.id, batchId), eq(sendBatches.projectId, projectId));
}
