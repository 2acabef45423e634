import type { Database } from "./database.ts";
import type { LoggedEvent, LogPosition } from "./event-log.ts";
import { storableText } from "./mail-transaction.ts";
import type { StoredReplay, StoredTry } from "./schema/webhooks.ts";
import type { Webhook } from "./webhooks.ts";

/** What became of one event at one endpoint. `dueAtMs` is null unless it is to be tried again. */
export interface WebhookDelivery {
  readonly eventId: string;
  readonly eventXact: bigint;
  readonly eventType: string;
  readonly messageId: string | null;
  /** Which of the events of its message that the webhook is told it is, from 1; null without a message. */
  readonly sequence: number | null;
  readonly state: "pending" | "delivered" | "failed";
  readonly attempts: number;
  readonly dueAtMs: number | null;
  readonly status: number | null;
  readonly error: string | null;
  readonly durationMs: number | null;
  /** The try that this tells of; null when it was not tried. */
  readonly lastTry: StoredTry | null;
}

/** How an endpoint did: whether it took something, or nothing but failed, and until when it is left alone (Unix ms). */
export type EndpointStanding =
  | { readonly kind: "unknown" }
  | { readonly kind: "fine" }
  | { readonly kind: "failing"; readonly pausedUntilMs: number | null };

/** What one round of posting has come to. Absent positions stay. */
export interface WebhookProgress {
  readonly deliveries: readonly WebhookDelivery[];
  readonly standing: EndpointStanding;
  readonly cursor?: LogPosition;
  readonly replay?: { readonly of: StoredReplay; readonly after: LogPosition };
}

/**
 * While something waits for an endpoint, it is asked at least once a day: no wait is longer, nor may an endpoint ask for a longer one.
 * After a longer silence nothing is known of it, and a failure is the first one of a new outage.
 */
const OUTAGE_GAP_HOURS = 30;

/** Since when an endpoint has been failing without a break (Unix ms), if it fails now; null: it would be the first time. */
export function outageSinceMs(
  webhook: Pick<Webhook, "failingSince" | "lastFailureAt">,
  nowMs: number,
): number | null {
  const { failingSince, lastFailureAt } = webhook;
  const silentMs = lastFailureAt === null ? 0 : nowMs - lastFailureAt.getTime();
  return silentMs > OUTAGE_GAP_HOURS * 3_600_000 ? null : (failingSince?.getTime() ?? null);
}

/** Tries kept of one event: the first and the last ones. An event has seldom more than ten. */
const MAX_TRIES = 20;

/**
 * Records deliveries and how the endpoint did and, when given, moves the webhook's cursor or replay: one statement. What waits behind
 * a delivery that stays pending (later events of the same message) is put off with it.
 */
export async function recordWebhookDeliveries(
  db: Database,
  webhookId: string,
  progress: WebhookProgress,
): Promise<void> {
  const { deliveries, standing, cursor, replay } = progress;
  await db.pool.query({
    name: "record-webhook-deliveries",
    text: `WITH wanted AS MATERIALIZED (
             SELECT * FROM json_to_recordset($2::json)
               AS d(event_id uuid, event_xact bigint, event_type text, message_id uuid, sequence integer, state text,
                    attempts smallint, due_at timestamptz, status smallint, error text, duration_ms integer, tries jsonb)
           ), put_off AS (
             UPDATE webhook_deliveries behind SET due_at = wanted.due_at
               FROM wanted
              WHERE wanted.state = 'pending' AND behind.webhook_id = $1 AND behind.state = 'pending'
                AND behind.message_id = wanted.message_id AND behind.due_at < wanted.due_at
                AND (behind.event_xact, behind.event_id) > (wanted.event_xact, wanted.event_id)
                AND NOT EXISTS (SELECT FROM wanted w WHERE w.event_id = behind.event_id)
           ), moved AS (
             UPDATE webhooks
                SET cursor_xact = CASE WHEN ahead THEN $3::bigint ELSE cursor_xact END,
                    cursor_id = CASE WHEN ahead THEN $4::uuid ELSE cursor_id END,
                    replay = CASE WHEN replaying THEN jsonb_set(replay, '{after}', $6::jsonb) ELSE replay END,
                    failing_since = CASE $7 WHEN 'fine' THEN NULL
                                            WHEN 'failing' THEN
                                              CASE WHEN last_failure_at < now() - make_interval(hours => ${OUTAGE_GAP_HOURS}) THEN now()
                                                   ELSE coalesce(failing_since, now()) END
                                            ELSE failing_since END,
                    last_failure_at = CASE $7 WHEN 'fine' THEN NULL WHEN 'failing' THEN now() ELSE last_failure_at END,
                    paused_until = CASE $7 WHEN 'unknown' THEN paused_until ELSE $8::timestamptz END
               FROM (SELECT id AS moved_id,
                            $3::bigint IS NOT NULL AND (cursor_xact, cursor_id) < ($3::bigint, $4::uuid) AS ahead,
                            coalesce(replay = $5::jsonb, false) AS replaying
                       FROM webhooks WHERE id = $1) moving
              WHERE id = moved_id
                AND (ahead OR replaying OR ($7 = 'fine' AND (failing_since IS NOT NULL OR paused_until IS NOT NULL))
                     OR $7 = 'failing')
           )
           INSERT INTO webhook_deliveries AS known
                  (webhook_id, event_id, event_xact, event_type, message_id, sequence, state, attempts, due_at, status, error,
                   duration_ms, tries, updated_at)
           SELECT $1, event_id, event_xact, event_type, message_id, sequence, state, attempts, due_at, status, error,
                  duration_ms, tries, now()
             FROM wanted
           ON CONFLICT (webhook_id, event_id) DO UPDATE
              SET state = excluded.state, attempts = excluded.attempts, due_at = excluded.due_at, status = excluded.status,
                  error = excluded.error, duration_ms = excluded.duration_ms, event_type = excluded.event_type,
                  sequence = coalesce(known.sequence, excluded.sequence), updated_at = excluded.updated_at,
                  tries = CASE WHEN jsonb_array_length(known.tries) >= ${MAX_TRIES} AND excluded.tries <> '[]'
                               THEN (known.tries - 1) || excluded.tries ELSE known.tries || excluded.tries END`,
    values: [
      webhookId,
      JSON.stringify(deliveries.map(deliveryRow)),
      cursor?.xact.toString() ?? null,
      cursor?.id ?? null,
      replay === undefined ? null : JSON.stringify(replay.of),
      replay === undefined ? null : JSON.stringify(storedPosition(replay.after)),
      standing.kind,
      standing.kind === "failing" && standing.pausedUntilMs !== null
        ? new Date(standing.pausedUntilMs)
        : null,
    ],
  });
}

/** A position as a replay holds it. */
export function storedPosition(position: LogPosition): StoredReplay["after"] {
  return { xact: position.xact.toString(), id: position.id };
}

function deliveryRow(delivery: WebhookDelivery): Record<string, unknown> {
  const { lastTry } = delivery;
  return {
    event_id: delivery.eventId,
    event_xact: delivery.eventXact.toString(),
    event_type: delivery.eventType,
    message_id: delivery.messageId,
    sequence: delivery.sequence,
    state: delivery.state,
    attempts: delivery.attempts,
    due_at: delivery.dueAtMs === null ? null : new Date(delivery.dueAtMs),
    status: delivery.status,
    error: delivery.error === null ? null : storableText(delivery.error),
    duration_ms: delivery.durationMs,
    // The endpoint writes the answer: it may hold what jsonb does not take.
    tries: lastTry === null ? [] : [{ ...lastTry, answer: storableText(lastTry.answer) }],
  };
}

/** An event that an endpoint is to be told. */
export interface DueDelivery {
  readonly event: LoggedEvent;
  readonly attempts: number;
  readonly sequence: number | null;
}

/** Pending deliveries of a webhook that are due, oldest event first, with their events. */
export async function duePendingDeliveries(
  db: Database,
  webhook: Pick<Webhook, "id" | "projectId">,
  limit: number,
): Promise<readonly DueDelivery[]> {
  const { rows } = await db.pool.query<{
    xact: string;
    id: string;
    type: string;
    message_id: string | null;
    ordinal: number | null;
    payload: Record<string, unknown>;
    attempts: number;
    sequence: number | null;
  }>({
    name: "due-pending-deliveries",
    text: `SELECT events.xact, events.id, events.type, events.message_id, events.ordinal, events.payload, d.attempts, d.sequence
             FROM webhook_deliveries d
             JOIN events ON events.project_id = $2 AND events.xact = d.event_xact AND events.id = d.event_id
            WHERE d.webhook_id = $1 AND d.state = 'pending' AND d.due_at <= now()
            ORDER BY d.due_at, d.event_xact, d.event_id LIMIT $3`,
    values: [webhook.id, webhook.projectId, limit],
  });
  return rows.map((row) => ({
    attempts: row.attempts,
    sequence: row.sequence,
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

/** What a webhook was told of a message so far. */
export interface MessageStanding {
  readonly lastSequence: number;
  /** An event of it is pending until then (Unix ms): later ones must wait behind it. */
  readonly pendingUntilMs: number | null;
}

/** What a webhook was told of these messages; those it was told nothing of are absent. */
export async function messageStandings(
  db: Database,
  webhookId: string,
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, MessageStanding>> {
  if (messageIds.length === 0) return new Map();
  const { rows } = await db.pool.query<{ message_id: string; last: number | null; due: Date | null }>({
    name: "message-standings",
    text: `SELECT message_id, max(sequence) AS last, max(due_at) FILTER (WHERE state = 'pending') AS due
             FROM webhook_deliveries
            WHERE webhook_id = $1 AND message_id = ANY($2::uuid[]) GROUP BY message_id`,
    values: [webhookId, [...messageIds]],
  });
  return new Map(
    rows.map((row) => [
      row.message_id,
      { lastSequence: row.last ?? 0, pendingUntilMs: row.due?.getTime() ?? null },
    ]),
  );
}
