import { eventRow, insertEventsSql, type NewEvent } from "./accept.ts";
import type { Database } from "./database.ts";

/**
 * What an application can still change about a message. Both changes lock the message's backlog rows, in the order in which
 * outcomes lock them; a claim passes locked rows over. So a recipient is either changed or claimed, never both.
 */

/**
 * Cancels the recipients of a message that wait: queued or deferred. Those that a worker holds, or held when it died, are left
 * alone: they may have been delivered by now.
 *
 * @param cancel.events one `cancelled` event for each recipient that may be waiting; those of recipients that are not are dropped
 * @returns the ordinals of the cancelled recipients
 */
export async function cancelRecipients(
  db: Database,
  cancel: {
    readonly projectId: string;
    readonly messageId: string;
    readonly reason: string;
    readonly events: readonly NewEvent[];
  },
): Promise<readonly number[]> {
  const { rows } = await db.pool.query<{ ordinal: number }>({
    name: "cancel-recipients",
    text: CANCEL,
    values: [cancel.projectId, cancel.messageId, cancel.reason, JSON.stringify(cancel.events.map(eventRow))],
  });
  return rows.map((row) => row.ordinal);
}

const CANCEL = `
WITH waiting AS MATERIALIZED (
  SELECT message_id, ordinal FROM backlog
   WHERE project_id = $1 AND message_id = $2 AND lease_id IS NULL
   ORDER BY message_id, ordinal
     FOR UPDATE
), finished AS (
  DELETE FROM backlog USING waiting
   WHERE backlog.message_id = waiting.message_id AND backlog.ordinal = waiting.ordinal
), new_states AS (
  UPDATE recipients SET state = 'cancelled', reply = $3, updated_at = now()
    FROM waiting
   WHERE recipients.message_id = $2 AND recipients.ordinal = waiting.ordinal
), new_events AS (${insertEventsSql("$4")}
    JOIN waiting USING (message_id, ordinal)
)
SELECT ordinal FROM waiting`;

/**
 * Moves a message of which no delivery has begun to another time; its time to live moves with it.
 *
 * @param change.sendAtMs Unix time in ms
 * @returns the sites whose lanes must learn of it; null when an attempt at a recipient has begun, or none waits any more
 */
export async function rescheduleMessage(
  db: Database,
  change: {
    readonly projectId: string;
    readonly messageId: string;
    readonly sendAtMs: number;
    readonly acceptedAtMs: number;
  },
): Promise<readonly string[] | null> {
  const { projectId, messageId, sendAtMs, acceptedAtMs } = change;
  const { rows } = await db.pool.query<{ site: string }>({
    name: "reschedule-message",
    text: RESCHEDULE,
    values: [projectId, messageId, new Date(sendAtMs), new Date(acceptedAtMs)],
  });
  return rows.length === 0 ? null : [...new Set(rows.map((row) => row.site))];
}

// A recipient whose outcome was recorded while its row was waited for is no longer in `waiting`, but still queued in the snapshot
// of this statement: then the numbers differ.
const RESCHEDULE = `
WITH waiting AS MATERIALIZED (
  SELECT message_id, ordinal, site, attempt, lease_id FROM backlog
   WHERE project_id = $1 AND message_id = $2
   ORDER BY message_id, ordinal
     FOR UPDATE
), untouched AS MATERIALIZED (
  SELECT FROM waiting
  HAVING count(*) > 0 AND bool_and(attempt = 0 AND lease_id IS NULL)
     AND count(*) = (SELECT count(*) FROM recipients WHERE message_id = $2 AND state <> 'cancelled')
), moved AS (
  UPDATE backlog SET due_at = $3, expires_at = backlog.expires_at + ($3 - coalesce(messages.send_at, $4)), hold_id = NULL
    FROM waiting JOIN messages ON messages.id = waiting.message_id
   WHERE backlog.message_id = waiting.message_id AND backlog.ordinal = waiting.ordinal AND EXISTS (SELECT FROM untouched)
  RETURNING backlog.site
), message AS (
  UPDATE messages SET send_at = $3, expires_at = expires_at + ($3 - coalesce(send_at, $4))
   WHERE id = $2 AND project_id = $1 AND EXISTS (SELECT FROM untouched)
)
SELECT site FROM moved`;
