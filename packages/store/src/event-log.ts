import { eventRow, insertEventsSql, type NewEvent } from "./accept.ts";
import type { Database } from "./database.ts";

/** A place in a project's event log: everything up to and including this event has been read. */
export interface LogPosition {
  readonly xact: bigint;
  readonly id: string;
}

/** An event as it stands in the log. Its time is the time in `id`. */
export interface LoggedEvent extends LogPosition {
  readonly type: string;
  readonly messageId: string | null;
  readonly ordinal: number | null;
  readonly payload: Readonly<Record<string, unknown>>;
}

const HOUR_MS = 3_600_000;

/** The position before every event. */
export const LOG_START: LogPosition = { xact: 0n, id: "00000000-0000-0000-0000-000000000000" };

/** Orders positions as the log is ordered, for `sort`. */
export function compareLogPositions(a: LogPosition, b: LogPosition): number {
  if (a.xact !== b.xact) return a.xact < b.xact ? -1 : 1;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}

/** Appends events outside the accept and outcome statements (inbound mail, opens, clicks). One statement, durable on return. */
export async function appendEvents(db: Database, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  await db.pool.query({
    name: "append-events",
    text: insertEventsSql("$1"),
    values: [JSON.stringify(events.map(eventRow))],
  });
}

/**
 * Reads the log of a project after a position, oldest first. Only events of transactions below the oldest one still running are
 * visible: nothing can later appear in front of what was returned.
 */
export async function readEventLog(
  db: Database,
  read: { readonly projectId: string; readonly after: LogPosition; readonly limit: number },
): Promise<readonly LoggedEvent[]> {
  const { rows } = await db.pool.query<EventRow>({
    name: "read-event-log",
    text: `SELECT xact, id, type, message_id, ordinal, payload FROM events
            WHERE project_id = $1 AND (xact, id) > ($2::bigint, $3::uuid)
              AND xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
            ORDER BY xact, id LIMIT $4`,
    values: [read.projectId, read.after.xact.toString(), read.after.id, read.limit],
  });
  return rows.map(loggedEvent);
}

/** Events that count alike. */
export interface EventTotal {
  /** Of the hour that they belong to, Unix time in ms. */
  readonly hourMs: number;
  readonly type: string;
  /** Of the recipient, as it was written; empty where the event is about none. */
  readonly domain: string;
  readonly tags: readonly unknown[];
  /** What they are counted by, for types with more to look at than the type itself. */
  readonly payload: LoggedEvent["payload"];
  readonly count: number;
}

/** Types that are counted whatever their events say: nearly all that a log has. */
const COUNTED_BY_TYPE = ["accepted", "processed", "delivered", "deferred"];

/**
 * Adds up the next `limit` events of a project's log after a position: the same events that {@link readEventLog} reads, of which a
 * thousand are a few rows.
 *
 * @returns the totals, how many events they are, and the last of them; null for none
 */
export async function readEventTotals(
  db: Database,
  read: { readonly projectId: string; readonly after: LogPosition; readonly limit: number },
): Promise<{
  readonly totals: readonly EventTotal[];
  readonly events: number;
  readonly last: LogPosition;
} | null> {
  const { rows } = await db.pool.query<
    Pick<EventRow, "xact" | "id" | "type"> & {
      hour: number;
      domain: string;
      tags: readonly unknown[] | null;
      payload: EventRow["payload"] | null;
      count: number;
    }
  >({
    name: "read-event-totals",
    // An id begins with its time: 48 bits of milliseconds (RFC 9562 §5.7).
    text: `WITH page AS MATERIALIZED (
             SELECT xact, id, type, payload FROM events
              WHERE project_id = $1 AND (xact, id) > ($2::bigint, $3::uuid)
                AND xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
              ORDER BY xact, id LIMIT $4
           ), totals AS (
             SELECT (('x' || left(id::text, 8) || substr(id::text, 10, 4))::bit(48)::bigint / 3600000)::integer AS hour,
                    type, split_part(coalesce(payload->>'email', ''), '@', -1) AS domain, payload->'tags' AS tags,
                    CASE WHEN type = ANY ($5) THEN NULL ELSE payload END AS payload, count(*)::integer AS count
               FROM page GROUP BY 1, 2, 3, 4, 5
           ), last AS (
             SELECT xact, id FROM page ORDER BY xact DESC, id DESC LIMIT 1
           )
           SELECT totals.*, last.xact, last.id FROM totals, last`,
    values: [read.projectId, read.after.xact.toString(), read.after.id, read.limit, COUNTED_BY_TYPE],
  });
  const [first] = rows;
  if (first === undefined) return null;
  return {
    totals: rows.map(({ hour, type, domain, tags, payload, count }) => ({
      hourMs: hour * HOUR_MS,
      type,
      domain,
      tags: Array.isArray(tags) ? tags : [],
      payload: payload ?? {},
      count,
    })),
    events: rows.reduce((sum, { count }) => sum + count, 0),
    last: { xact: BigInt(first.xact), id: first.id },
  };
}

/** One event of a project by its place, or null. */
export async function findEvent(
  db: Database,
  projectId: string,
  position: LogPosition,
): Promise<LoggedEvent | null> {
  const { rows } = await db.pool.query<EventRow>({
    name: "find-event",
    text: `SELECT xact, id, type, message_id, ordinal, payload FROM events WHERE project_id = $1 AND xact = $2 AND id = $3`,
    values: [projectId, position.xact.toString(), position.id],
  });
  const [row] = rows;
  return row === undefined ? null : loggedEvent(row);
}

/** Whether the project has committed events that readers do not see yet, because an older transaction is still running. */
export async function hasHiddenEvents(db: Database, projectId: string): Promise<boolean> {
  const { rows } = await db.pool.query<{ hidden: boolean }>({
    name: "has-hidden-events",
    text: `SELECT EXISTS (SELECT FROM events
             WHERE project_id = $1 AND xact >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint) AS hidden`,
    values: [projectId],
  });
  return rows[0]?.hidden ?? false;
}

/** The newest position that a reader may have seen: where a new webhook starts. */
export async function endOfEventLog(db: Database): Promise<LogPosition> {
  const { rows } = await db.pool.query<{ xmin: string }>(
    "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin",
  );
  return { xact: BigInt(rows[0]?.xmin ?? "0") - 1n, id: "ffffffff-ffff-ffff-ffff-ffffffffffff" };
}

/** Everything that happened to a message, oldest first, scoped by project. */
export async function readTimeline(
  db: Database,
  projectId: string,
  messageId: string,
): Promise<readonly LoggedEvent[]> {
  const { rows } = await db.pool.query<EventRow>({
    name: "read-timeline",
    text: `SELECT xact, id, type, message_id, ordinal, payload FROM events
            WHERE message_id = $2 AND project_id = $1 AND id >= $2 ORDER BY id`,
    values: [projectId, messageId],
  });
  return rows.map(loggedEvent);
}

interface EventRow {
  xact: string;
  id: string;
  type: string;
  message_id: string | null;
  ordinal: number | null;
  payload: Record<string, unknown>;
}

function loggedEvent(row: EventRow): LoggedEvent {
  return {
    xact: BigInt(row.xact),
    id: row.id,
    type: row.type,
    messageId: row.message_id,
    ordinal: row.ordinal,
    payload: row.payload,
  };
}
