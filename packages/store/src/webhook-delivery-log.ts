import type { Database } from "./database.ts";
import type { StoredTry } from "./schema/webhooks.ts";
import type { WebhookDelivery } from "./webhook-deliveries.ts";

/** A delivery as it is shown. */
export interface DeliveryRow
  extends Pick<
    WebhookDelivery,
    "eventId" | "messageId" | "sequence" | "state" | "attempts" | "status" | "error" | "durationMs"
  > {
  /** null in rows from before it was kept. */
  readonly eventType: string | null;
  readonly dueAt: Date | null;
  readonly updatedAt: Date;
}

/** A page of the deliveries of a webhook, newest event first. */
export interface DeliveryPage {
  readonly deliveries: readonly DeliveryRow[];
  /** The event to go on from; null at the end. */
  readonly next: string | null;
}

/** Rows that one page looks at, when it is asked for what few of them are. */
const LOOKED_AT = 10_000;

const COLUMNS = `event_id AS "eventId", event_type AS "eventType", message_id AS "messageId", sequence, state, attempts,
  due_at AS "dueAt", status, error, duration_ms AS "durationMs", updated_at AS "updatedAt"`;

/**
 * Reads deliveries of a webhook, which the caller has found in its project. A page looks at 10,000 of them at most, so it can be short,
 * or empty, and still have a `next`.
 */
export async function listWebhookDeliveries(
  db: Database,
  query: {
    readonly webhookId: string;
    readonly before: string | null;
    readonly limit: number;
    readonly state?: WebhookDelivery["state"] | undefined;
    readonly eventType?: string | undefined;
    readonly messageId?: string | undefined;
  },
): Promise<DeliveryPage> {
  const { webhookId, before, limit, state, eventType, messageId } = query;
  // Those that have an index of their own are looked for, the others looked through.
  const failed = state === "failed" ? "AND state = 'failed'" : "";
  const { rows } = await db.pool.query<DeliveryRow & { matches: boolean }>({
    text: `WITH looked AS MATERIALIZED (
             SELECT * FROM webhook_deliveries
              WHERE webhook_id = $1 AND event_id < $2 ${failed} ${messageId === undefined ? "AND $6::uuid IS NULL" : "AND message_id = $6"}
              ORDER BY event_id DESC LIMIT ${LOOKED_AT}
           ), matching AS (
             SELECT ${COLUMNS}, true AS matches FROM looked
              WHERE ($4::text IS NULL OR state = $4) AND ($5::text IS NULL OR event_type = $5)
              ORDER BY event_id DESC LIMIT $3
           )
           SELECT * FROM matching
           UNION ALL
           (SELECT ${COLUMNS}, false FROM looked ORDER BY event_id LIMIT (CASE WHEN (SELECT count(*) FROM looked) = ${LOOKED_AT} THEN 1 ELSE 0 END))`,
    values: [
      webhookId,
      before ?? "ffffffff-ffff-ffff-ffff-ffffffffffff",
      limit,
      state ?? null,
      eventType ?? null,
      messageId ?? null,
    ],
  });
  const deliveries = rows.filter((row) => row.matches);
  const lookedUntil = rows.find((row) => !row.matches)?.eventId ?? null;
  const next = deliveries.length === limit ? (deliveries.at(-1)?.eventId ?? null) : lookedUntil;
  return { deliveries, next };
}

/** One delivery with all its tries, oldest first, or null. */
export async function findWebhookDelivery(
  db: Database,
  webhookId: string,
  eventId: string,
): Promise<(DeliveryRow & { readonly eventXact: bigint; readonly tries: readonly StoredTry[] }) | null> {
  const { rows } = await db.pool.query<
    DeliveryRow & { readonly eventXact: string; readonly tries: readonly StoredTry[] }
  >({
    name: "find-webhook-delivery",
    text: `SELECT ${COLUMNS}, event_xact AS "eventXact", tries FROM webhook_deliveries WHERE webhook_id = $1 AND event_id = $2`,
    values: [webhookId, eventId],
  });
  const [row] = rows;
  return row === undefined ? null : { ...row, eventXact: BigInt(row.eventXact) };
}
