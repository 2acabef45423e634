import { eventRow, insertEventsSql, type NewEvent } from "./accept.ts";
import type { RecipientRef } from "./claim.ts";
import type { Database } from "./database.ts";
import { inTransaction } from "./transaction.ts";

/** A recipient that had been waiting for its first attempt and is told of the delay. */
export interface PutOffRecipient extends RecipientRef {
  readonly projectId: string;
  readonly address: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** An earlier look at a lane, at which everything due was put off. */
export interface PutOffLook {
  /** What fell due before (Unix time in ms) is passed over. */
  readonly sinceMs: number;
  /** The times it was put off to (Unix times in ms): what is due since one of these was put off once and is passed over too. */
  readonly putOffToMs: readonly number[];
}

/**
 * Moves due recipients of a lane to a later time without an attempt, up to `limit` of them: a site that cannot be reached then costs
 * nothing until it is tried again. Those that had only been waiting become `deferred` with `reason`, and get their event in the same
 * transaction; to those that were deferred before, for whatever reason, nothing new has happened.
 *
 * Rows that others hold are passed over, and so are those older than `acceptedAfterMs`: it is time that somebody decides on them.
 *
 * @param order.look with it only what has come due since; null: everything
 * @param tell makes the events of those that are deferred for the first time
 * @returns how many were moved; fewer than `limit`: no more is due. And the projects that have new events, and the database's time.
 */
export async function putOffLane(
  db: Database,
  order: {
    readonly lane: string;
    readonly untilMs: number;
    readonly reason: string;
    readonly acceptedAfterMs: number;
    readonly limit: number;
    readonly look: PutOffLook | null;
  },
  tell: (recipient: PutOffRecipient) => NewEvent,
): Promise<{ readonly moved: number; readonly projectIds: readonly string[]; readonly atMs: number }> {
  const { lane, untilMs, acceptedAfterMs, limit, look } = order;
  const reason = order.reason.replaceAll("\0", "\ufffd").toWellFormed();
  return await inTransaction(db, async ({ client }) => {
    const { rows } = await client.query<{ moved: string; at: Date; told: PutOffRow[] | null }>({
      name: "put-off-lane",
      text: PUT_OFF,
      values: [
        lane,
        limit,
        new Date(untilMs),
        reason,
        idFloor(acceptedAfterMs),
        look === null ? "-infinity" : new Date(look.sinceMs),
        (look?.putOffToMs ?? []).map((ms) => new Date(ms)),
      ],
    });
    const [row] = rows;
    const told = (row?.told ?? []).map((recipient) => ({
      messageId: recipient.message_id,
      ordinal: recipient.ordinal,
      projectId: recipient.project_id,
      address: recipient.address,
      tags: recipient.tags,
      metadata: recipient.metadata,
    }));
    if (told.length > 0) {
      await client.query({
        name: "insert-put-off-events",
        text: insertEventsSql("$1"),
        values: [JSON.stringify(told.map(tell).map(eventRow))],
      });
    }
    return {
      moved: Number(row?.moved ?? 0),
      atMs: row?.at.getTime() ?? 0,
      projectIds: [...new Set(told.map(({ projectId }) => projectId))],
    };
  });
}

interface PutOffRow {
  readonly message_id: string;
  readonly ordinal: number;
  readonly project_id: string;
  readonly address: string;
  readonly tags: string[];
  readonly metadata: Record<string, string>;
}

/** The smallest UUIDv7 of a time (RFC 9562 §5.7). */
function idFloor(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-000000000000`;
}

// The same skipping as in the claim. An attempt that was interrupted stays one: its lease is not touched. The spans are what lies
// between the times that rows were put off to: those times are whole milliseconds, and thousands of rows share them.
const PUT_OFF = `
WITH RECURSIVE pairs AS (
  (SELECT priority, project_id FROM backlog WHERE site = $1 ORDER BY priority, project_id LIMIT 1)
  UNION ALL
  SELECT next.priority, next.project_id
    FROM pairs, LATERAL (
      SELECT priority, project_id FROM backlog
       WHERE site = $1 AND (priority, project_id) > (pairs.priority, pairs.project_id)
       ORDER BY priority, project_id LIMIT 1) AS next
), spans AS MATERIALIZED (
  SELECT edge, least(now(), lead(edge - interval '1 microsecond', 1, now()) OVER (ORDER BY edge)) AS upto
    FROM unnest(array_prepend($6::timestamptz, $7::timestamptz[])) AS edge
), due AS MATERIALIZED (
  SELECT candidate.* FROM pairs, spans, LATERAL (
      SELECT message_id, ordinal, project_id FROM backlog
       WHERE site = $1 AND priority = pairs.priority AND project_id = pairs.project_id
         AND due_at > spans.edge AND due_at <= spans.upto AND (leased_until IS NULL OR leased_until <= now()) AND message_id >= $5
       ORDER BY due_at LIMIT $2
         FOR UPDATE SKIP LOCKED) AS candidate
   LIMIT $2
), moved AS (
  UPDATE backlog SET due_at = $3
    FROM due WHERE backlog.message_id = due.message_id AND backlog.ordinal = due.ordinal
  RETURNING backlog.message_id
), told AS (
  UPDATE recipients SET state = 'deferred', reply = $4, updated_at = now()
    FROM due
   WHERE recipients.message_id = due.message_id AND recipients.ordinal = due.ordinal AND recipients.state = 'queued'
  RETURNING recipients.message_id, recipients.ordinal, recipients.project_id, recipients.address
)
SELECT (SELECT count(*) FROM moved) AS moved, now() AS at,
       (SELECT json_agg(json_build_object(
                 'message_id', told.message_id, 'ordinal', told.ordinal, 'project_id', told.project_id,
                 'address', told.address, 'tags', messages.tags, 'metadata', messages.metadata))
          FROM told JOIN messages ON messages.id = told.message_id) AS told`;
