import { lowestIdAt } from "@waxwing/runtime";
import { type Actor, recordAudit } from "./audit-log.ts";
import type { Database } from "./database.ts";
import { compareLogPositions, type LoggedEvent, type LogPosition } from "./event-log.ts";
import type { StoredReplay } from "./schema/webhooks.ts";
import { inTransaction } from "./transaction.ts";
import { storedPosition } from "./webhook-deliveries.ts";
import type { Webhook } from "./webhooks.ts";

/** What a webhook is to be told once more, of what it was told before: one event, those of a message, or those that were given up. */
export type DeliverySelection =
  | { readonly kind: "event"; readonly eventId: string }
  | { readonly kind: "message"; readonly messageId: string }
  | { readonly kind: "failed" };

/** Makes deliveries due again, from their first try on. Returns how many. What is pending is tried at once. */
export function replayDeliveries(
  db: Database,
  actor: Actor,
  webhookId: string,
  selection: DeliverySelection,
): Promise<number> {
  return inTransaction(db, async ({ client }) => {
    const [condition, value] = conditionOf(selection);
    const { rowCount } = await client.query(
      `UPDATE webhook_deliveries SET state = 'pending', due_at = now(), attempts = 0, updated_at = now()
        WHERE webhook_id = $1 AND ${condition}`,
      [webhookId, ...value],
    );
    const replayed = rowCount ?? 0;
    if (replayed > 0) await recordAudit(client, actor, "webhook.replayed", webhookId);
    return replayed;
  });
}

function conditionOf(selection: DeliverySelection): readonly [string, readonly string[]] {
  switch (selection.kind) {
    case "event":
      return ["event_id = $2", [selection.eventId]];
    case "message":
      return ["message_id = $2", [selection.messageId]];
    case "failed":
      return ["state = 'failed'", []];
  }
}

/** A stretch of the log: after a position up to another, and where given between times (Unix ms, the second excluded). */
export interface ReplayRange {
  readonly after: LogPosition;
  /** The end, if it lies before what the webhook has been told; absent: up to there. */
  readonly until?: LogPosition;
  readonly fromMs?: number;
  readonly toMs?: number;
}

/**
 * Lets a webhook be told a stretch of the log once more, by its lane. It ends where the webhook is now: what comes after that it will
 * be told anyway.
 *
 * @returns `running` when another replay is under way, and nothing is changed
 */
export function startReplay(
  db: Database,
  actor: Actor,
  webhookId: string,
  range: ReplayRange,
): Promise<"started" | "running" | "unknown"> {
  return inTransaction(db, async ({ client }) => {
    const { rows } = await client.query<{ replay: StoredReplay | null; xact: string; id: string }>(
      `SELECT replay, cursor_xact AS xact, cursor_id AS id FROM webhooks WHERE id = $1 AND project_id = $2 FOR UPDATE`,
      [webhookId, actor.projectId],
    );
    const [webhook] = rows;
    if (webhook === undefined) return "unknown";
    if (webhook.replay !== null) return "running";
    const told = { xact: BigInt(webhook.xact), id: webhook.id };
    const { after, until = told, fromMs, toMs } = range;
    const replay: StoredReplay = {
      after: storedPosition(after),
      until: storedPosition(compareLogPositions(until, told) < 0 ? until : told),
      ...(fromMs !== undefined && { fromMs }),
      ...(toMs !== undefined && { toMs }),
    };
    await client.query("UPDATE webhooks SET replay = $2 WHERE id = $1", [webhookId, JSON.stringify(replay)]);
    await recordAudit(client, actor, "webhook.replayed", webhookId);
    return "started";
  });
}

/** Ends the replay of a webhook: this one, when given, and otherwise any. */
export async function endReplay(db: Database, webhookId: string, replay?: StoredReplay): Promise<void> {
  await db.pool.query(
    "UPDATE webhooks SET replay = NULL WHERE id = $1 AND ($2::jsonb IS NULL OR replay = $2::jsonb)",
    [webhookId, replay === undefined ? null : JSON.stringify(replay)],
  );
}

/** An event to be told once more. What is pending will be told anyway. */
export interface ReplayedEvent {
  readonly event: LoggedEvent;
  readonly sequence: number | null;
  readonly isPending: boolean;
}

/** The next events of a replay, oldest first, with what the webhook was told of them. */
export async function readReplay(
  db: Database,
  webhook: Pick<Webhook, "id" | "projectId">,
  replay: StoredReplay,
  limit: number,
): Promise<readonly ReplayedEvent[]> {
  const { after, until, fromMs, toMs } = replay;
  const { rows } = await db.pool.query<{
    xact: string;
    id: string;
    type: string;
    message_id: string | null;
    ordinal: number | null;
    payload: Record<string, unknown>;
    sequence: number | null;
    state: string | null;
  }>({
    name: "read-replay",
    text: `SELECT events.xact, events.id, events.type, events.message_id, events.ordinal, events.payload, d.sequence, d.state
             FROM events LEFT JOIN webhook_deliveries d ON d.webhook_id = $2 AND d.event_id = events.id
            WHERE events.project_id = $1 AND (events.xact, events.id) > ($3::bigint, $4::uuid)
              AND (events.xact, events.id) <= ($5::bigint, $6::uuid)
              AND events.xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
              AND ($7::uuid IS NULL OR events.id >= $7) AND ($8::uuid IS NULL OR events.id < $8)
            ORDER BY events.xact, events.id LIMIT $9`,
    values: [
      webhook.projectId,
      webhook.id,
      after.xact,
      after.id,
      until.xact,
      until.id,
      fromMs === undefined ? null : lowestIdAt(fromMs),
      toMs === undefined ? null : lowestIdAt(toMs),
      limit,
    ],
  });
  return rows.map((row) => ({
    sequence: row.sequence,
    isPending: row.state === "pending",
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
