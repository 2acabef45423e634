import type pg from "pg";
import type { Database } from "./database.ts";
import type { LoggedEvent, LogPosition } from "./event-log.ts";
import { connectAlone } from "./mail-transaction.ts";

/** Which events are wanted; absent: any. */
export interface EventFilter {
  readonly types?: readonly string[] | undefined;
  readonly messageId?: string | undefined;
  /** Address of the recipient, as it was written. */
  readonly recipient?: string | undefined;
  readonly tag?: string | undefined;
}

/** A page of the log. */
export interface EventFeedPage {
  readonly events: readonly LoggedEvent[];
  /** Everything up to here has been looked at. */
  readonly next: LogPosition;
  /** There was no more to look at. */
  readonly isAtEnd: boolean;
}

/** Events that one page looks at, when few of them are wanted. */
const LOOKED_AT = 10_000;

/**
 * Reads the log of a project as {@link readEventLog} does, but only what is wanted. A page looks at 10,000 events at most: it can be
 * short, or empty, and not be at the end.
 */
export async function readEventFeed(
  db: Database,
  read: {
    readonly projectId: string;
    readonly after: LogPosition;
    readonly limit: number;
    readonly filter: EventFilter;
  },
): Promise<EventFeedPage> {
  const { projectId, after, limit, filter } = read;
  const isFiltered = Object.values(filter).some((wanted) => wanted !== undefined);
  const lookedAt = isFiltered ? LOOKED_AT : limit;
  const { rows } = await db.pool.query<{
    xact: string;
    id: string;
    type: string;
    message_id: string | null;
    ordinal: number | null;
    payload: Record<string, unknown>;
    wanted: boolean;
    looked: string;
  }>({
    name: "read-event-feed",
    text: `WITH looked AS MATERIALIZED (
             SELECT xact, id, type, message_id, ordinal, payload FROM events
              WHERE project_id = $1 AND (xact, id) > ($2::bigint, $3::uuid)
                AND xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
              ORDER BY xact, id LIMIT $4
           ), matching AS (
             SELECT * FROM looked
              WHERE ($6::text[] IS NULL OR type = ANY($6)) AND ($7::uuid IS NULL OR message_id = $7)
                AND ($8::text IS NULL OR payload->>'email' = $8) AND ($9::text IS NULL OR payload->'tags' ? $9)
              ORDER BY xact, id LIMIT $5
           ), last AS (SELECT * FROM looked ORDER BY xact DESC, id DESC LIMIT 1)
           SELECT *, true AS wanted, (SELECT count(*) FROM looked) AS looked FROM matching
           UNION ALL
           SELECT *, false, (SELECT count(*) FROM looked) FROM last
           ORDER BY xact, id`,
    values: [
      projectId,
      after.xact.toString(),
      after.id,
      lookedAt,
      limit,
      filter.types ?? null,
      filter.messageId ?? null,
      filter.recipient ?? null,
      filter.tag ?? null,
    ],
  });
  const events = rows
    .filter((row) => row.wanted)
    .map((row) => ({
      xact: BigInt(row.xact),
      id: row.id,
      type: row.type,
      messageId: row.message_id,
      ordinal: row.ordinal,
      payload: row.payload,
    }));
  const last = rows.find((row) => !row.wanted);
  if (last === undefined) return { events, next: after, isAtEnd: true };
  const lastWanted = events.at(-1);
  // A full page may have left out some of what was looked at.
  if (events.length === limit && lastWanted !== undefined)
    return { events, next: lastWanted, isAtEnd: false };
  return {
    events,
    next: { xact: BigInt(last.xact), id: last.id },
    isAtEnd: Number(last.looked) < lookedAt,
  };
}

/** Whether a log has grown beyond a transaction, and whether there is more that readers do not see yet. */
export interface LogGrowth {
  readonly projectId: string;
  readonly hasGrown: boolean;
  readonly hasHidden: boolean;
  /** Everything up to this transaction can be read now. */
  readonly readableXact: bigint;
}

/** Looks whether logs have grown: one index probe each. */
export async function logGrowth(
  db: Database,
  logs: readonly { readonly projectId: string; readonly afterXact: bigint }[],
): Promise<readonly LogGrowth[]> {
  const { rows } = await db.pool.query<{ id: string; grown: boolean; hidden: boolean; xmin: string }>({
    name: "log-growth",
    text: `SELECT log.id, oldest AS xmin,
                  EXISTS (SELECT FROM events WHERE project_id = log.id AND xact > log.xact AND xact < oldest) AS grown,
                  EXISTS (SELECT FROM events WHERE project_id = log.id AND xact >= oldest) AS hidden
             FROM unnest($1::uuid[], $2::bigint[]) AS log(id, xact),
                  (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest) AS snapshot`,
    values: [logs.map(({ projectId }) => projectId), logs.map(({ afterXact }) => afterXact.toString())],
  });
  return rows.map((row) => ({
    projectId: row.id,
    hasGrown: row.grown,
    hasHidden: row.hidden,
    readableXact: BigInt(row.xmin) - 1n,
  }));
}

/**
 * When the log begins (Unix ms): retention drops whole months. null where nothing was dropped, as far as can be told.
 */
export async function eventLogBeginsAt(db: Database): Promise<number | null> {
  const { rows } = await db.pool.query<{ first: string | null; strays: boolean }>({
    name: "event-log-begins-at",
    text: `SELECT (SELECT min(substring(child.relname FROM '[0-9]{4}_[0-9]{2}$'))
                     FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
                    WHERE inhparent = 'events'::regclass) AS first,
                  EXISTS (SELECT FROM events_default) AS strays`,
  });
  const [row] = rows;
  if (row == null || row.first === null || row.strays) return null;
  const [year, month] = row.first.split("_").map(Number);
  return Date.UTC(year ?? 0, (month ?? 1) - 1, 1);
}

/** The channel on which projects are announced whose logs have grown. */
const EVENTS_CHANNEL = "waxwing_events";
/** A notification has at most 8,000 bytes; an id and a comma are 37. */
const IDS_A_NOTIFICATION = 200;

/**
 * Announces that logs have grown, after the commit of what has grown them: a NOTIFY within that would make all of them commit one
 * after the other. Nothing is lost when it does not arrive: who listens also looks now and then.
 */
export async function announceEvents(db: Database, projectIds: readonly string[]): Promise<void> {
  const payloads: string[] = [];
  for (let from = 0; from < projectIds.length; from += IDS_A_NOTIFICATION)
    payloads.push(projectIds.slice(from, from + IDS_A_NOTIFICATION).join(","));
  await db.pool.query({
    name: "announce-events",
    // Nobody waits for the disk because of a notification.
    text: `SELECT set_config('synchronous_commit', 'off', true), pg_notify('${EVENTS_CHANNEL}', payload)
             FROM unnest($1::text[]) AS payload`,
    values: [payloads],
  });
}

/**
 * Opens a connection of its own that listens. Resolves once it does.
 *
 * @param onProjects called with projects whose logs have grown; must not throw
 */
export async function listenToEvents(
  db: Database,
  onProjects: (projectIds: readonly string[]) => void,
): Promise<Pick<pg.Client, "end"> & { readonly ended: Promise<void> }> {
  const client = await connectAlone(db, "waxwing events");
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  client.on("end", resolve);
  client.on("notification", ({ payload }) => {
    if (payload !== undefined) onProjects(payload.split(","));
  });
  try {
    await client.query(`LISTEN ${EVENTS_CHANNEL}`);
  } catch (error) {
    await client.end();
    throw error;
  }
  return Object.assign(client, { ended });
}
