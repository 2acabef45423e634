import { and, asc, eq } from "drizzle-orm";
import type { Database } from "./database.ts";
import type { LoggedEvent, LogPosition } from "./event-log.ts";
import { webhooks } from "./schema/index.ts";

export type Webhook = typeof webhooks.$inferSelect;

/** A project's webhooks, oldest first. */
export function listWebhooks(db: Database, projectId: string): Promise<Webhook[]> {
  return db.orm.select().from(webhooks).where(eq(webhooks.projectId, projectId)).orderBy(asc(webhooks.id));
}

/** A webhook of this project, or null. */
export async function findWebhook(
  db: Database,
  projectId: string,
  webhookId: string,
): Promise<Webhook | null> {
  const [row] = await db.orm
    .select()
    .from(webhooks)
    .where(and(eq(webhooks.id, webhookId), eq(webhooks.projectId, projectId)));
  return row ?? null;
}

/** A webhook by id alone, for the worker that drains it. */
export async function loadWebhook(db: Database, webhookId: string): Promise<Webhook | null> {
  const [row] = await db.orm.select().from(webhooks).where(eq(webhooks.id, webhookId));
  return row ?? null;
}

/** Ids of all enabled webhooks, by project. */
export async function enabledWebhooks(db: Database): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await db.orm
    .select({ id: webhooks.id, projectId: webhooks.projectId })
    .from(webhooks)
    .where(eq(webhooks.enabled, true));
  const byProject = new Map<string, string[]>();
  for (const row of rows) byProject.set(row.projectId, [...(byProject.get(row.projectId) ?? []), row.id]);
  return byProject;
}

/** What became of one event at one endpoint. `dueAtMs` is null unless it is to be tried again. */
export interface WebhookDelivery {
  readonly eventId: string;
  readonly eventXact: bigint;
  readonly messageId: string | null;
  readonly state: "pending" | "delivered" | "failed";
  readonly attempts: number;
  readonly dueAtMs: number | null;
  readonly status: number | null;
  readonly error: string | null;
  readonly durationMs: number | null;
}

/**
 * Records deliveries and, when given, moves the webhook's cursor: one statement. What waits behind a delivery that stays pending
 * (later events of the same message) is put off with it.
 */
export async function recordWebhookDeliveries(
  db: Database,
  webhookId: string,
  deliveries: readonly WebhookDelivery[],
  cursor: LogPosition | null,
): Promise<void> {
  await db.pool.query({
    name: "record-webhook-deliveries",
    text: `WITH wanted AS MATERIALIZED (
             SELECT * FROM json_to_recordset($2::json)
               AS d(event_id uuid, event_xact bigint, message_id uuid, state text, attempts smallint, due_at timestamptz,
                    status smallint, error text, duration_ms integer)
           ), put_off AS (
             UPDATE webhook_deliveries behind SET due_at = wanted.due_at
               FROM wanted
              WHERE wanted.state = 'pending' AND behind.webhook_id = $1 AND behind.state = 'pending'
                AND behind.message_id = wanted.message_id AND behind.due_at < wanted.due_at
                AND (behind.event_xact, behind.event_id) > (wanted.event_xact, wanted.event_id)
                AND NOT EXISTS (SELECT FROM wanted w WHERE w.event_id = behind.event_id)
           ), moved AS (
             UPDATE webhooks SET cursor_xact = $3::bigint, cursor_id = $4::uuid
              WHERE id = $1 AND $3::bigint IS NOT NULL AND (cursor_xact, cursor_id) < ($3::bigint, $4::uuid)
           )
           INSERT INTO webhook_deliveries
                  (webhook_id, event_id, event_xact, message_id, state, attempts, due_at, status, error, duration_ms, updated_at)
           SELECT $1, event_id, event_xact, message_id, state, attempts, due_at, status, error, duration_ms, now()
             FROM wanted
           ON CONFLICT (webhook_id, event_id) DO UPDATE
              SET state = excluded.state, attempts = excluded.attempts, due_at = excluded.due_at, status = excluded.status,
                  error = excluded.error, duration_ms = excluded.duration_ms, updated_at = excluded.updated_at`,
    values: [
      webhookId,
      JSON.stringify(deliveries.map(deliveryRow)),
      cursor?.xact.toString() ?? null,
      cursor?.id ?? null,
    ],
  });
}

function deliveryRow(delivery: WebhookDelivery): Record<string, unknown> {
  return {
    event_id: delivery.eventId,
    event_xact: delivery.eventXact.toString(),
    message_id: delivery.messageId,
    state: delivery.state,
    attempts: delivery.attempts,
    due_at: delivery.dueAtMs === null ? null : new Date(delivery.dueAtMs),
    status: delivery.status,
    error: delivery.error,
    duration_ms: delivery.durationMs,
  };
}

/** Pending deliveries of a webhook that are due, oldest event first, with their events. */
export async function duePendingDeliveries(
  db: Database,
  webhook: Pick<Webhook, "id" | "projectId">,
  limit: number,
): Promise<readonly { readonly event: LoggedEvent; readonly attempts: number }[]> {
  const { rows } = await db.pool.query<{
    xact: string;
    id: string;
    type: string;
    message_id: string | null;
    ordinal: number | null;
    payload: Record<string, unknown>;
    attempts: number;
  }>({
    name: "due-pending-deliveries",
    text: `SELECT events.xact, events.id, events.type, events.message_id, events.ordinal, events.payload, d.attempts
             FROM webhook_deliveries d
             JOIN events ON events.project_id = $2 AND events.xact = d.event_xact AND events.id = d.event_id
            WHERE d.webhook_id = $1 AND d.state = 'pending' AND d.due_at <= now()
            ORDER BY d.due_at, d.event_xact, d.event_id LIMIT $3`,
    values: [webhook.id, webhook.projectId, limit],
  });
  return rows.map((row) => ({
    attempts: row.attempts,
    event: {
      xact: BigInt(row.xact),
      id: row.id,
      type: row.type,
      messageId: row.message_id,
      ordinal: row.ordinal,
      payload: row.payload,
    },
  }));
}

/** When the next pending delivery of a webhook is due, or null. */
export async function nextPendingDeliveryAt(db: Database, webhookId: string): Promise<Date | null> {
  const { rows } = await db.pool.query<{ due: Date | null }>({
    name: "next-pending-delivery-at",
    text: `SELECT min(due_at) AS due FROM webhook_deliveries WHERE webhook_id = $1 AND state = 'pending'`,
    values: [webhookId],
  });
  return rows[0]?.due ?? null;
}

/**
 * Which of these messages still have an event pending at the webhook, and until when (Unix ms): their later events must wait
 * behind it.
 */
export async function messagesWithPendingDeliveries(
  db: Database,
  webhookId: string,
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (messageIds.length === 0) return new Map();
  const { rows } = await db.pool.query<{ message_id: string; due: Date }>({
    name: "messages-with-pending-deliveries",
    text: `SELECT message_id, max(due_at) AS due FROM webhook_deliveries
            WHERE webhook_id = $1 AND state = 'pending' AND message_id = ANY($2::uuid[])
            GROUP BY message_id`,
    values: [webhookId, [...messageIds]],
  });
  return new Map(rows.map((row) => [row.message_id, row.due.getTime()]));
}

/** Enabled webhooks with events behind their cursor or retries that are due. */
export async function webhooksBehind(db: Database): Promise<readonly string[]> {
  const { rows } = await db.pool.query<{ id: string }>({
    name: "webhooks-behind",
    text: `SELECT id FROM webhooks
            WHERE enabled AND (
              EXISTS (SELECT FROM events WHERE events.project_id = webhooks.project_id
                         AND (events.xact, events.id) > (webhooks.cursor_xact, webhooks.cursor_id))
              OR EXISTS (SELECT FROM webhook_deliveries d
                          WHERE d.webhook_id = webhooks.id AND d.state = 'pending' AND d.due_at <= now()))`,
  });
  return rows.map((row) => row.id);
}
