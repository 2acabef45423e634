import type { Database } from "./database.ts";
import { LOG_START, type LogPosition } from "./event-log.ts";

/** How far a project's log has been counted. */
export interface StatsCursor {
  readonly projectId: string;
  readonly position: LogPosition;
}

/** A number to add. `tag` '' counts all messages. `day` is a day in UTC, YYYY-MM-DD. */
export interface DailyCount {
  readonly day: string;
  readonly tag: string;
  readonly metric: string;
  readonly count: number;
}

/** A number to add beside the daily ones. `name` '' is the rest, and for the kind `all` everything. */
export interface SeriesCount {
  readonly period: "hour" | "day";
  readonly kind: "all" | "tag" | "domain" | "provider";
  /** The beginning of the hour or day: ISO 8601 in UTC. */
  readonly start: string;
  readonly name: string;
  readonly metric: string;
  readonly count: number;
}

interface CursorRow {
  id: string;
  xact: string;
  event: string;
  behind: boolean;
}

const CURSOR = `SELECT projects.id, coalesce(cursor_xact, ${LOG_START.xact}) AS xact, coalesce(cursor_id, '${LOG_START.id}') AS event
  FROM projects LEFT JOIN stats_cursors ON stats_cursors.project_id = projects.id`;

// One probe into the log's primary key per project, and nothing is read of it: with the cursors gathered before, their columns bound
// the search in the index instead of filtering what it finds.
const WITH_BEHIND = `SELECT looked.*, EXISTS (
    SELECT FROM events WHERE events.project_id = looked.id AND (events.xact, events.id) > (looked.xact, looked.event)
       AND events.xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint) AS behind FROM looked`;

/** Those of these projects that have events to count. */
export async function statsBehind(
  db: Database,
  projectIds: readonly string[],
): Promise<readonly StatsCursor[]> {
  if (projectIds.length === 0) return [];
  const { rows } = await db.pool.query<CursorRow>({
    name: "stats-behind",
    text: `WITH looked AS MATERIALIZED (${CURSOR} WHERE projects.id = ANY($1::uuid[])) ${WITH_BEHIND}`,
    values: [[...projectIds]],
  });
  return cursorsBehind(rows);
}

/**
 * Looks at the next `limit` projects by id after one, for those that have events to count.
 *
 * @returns the last id looked at, null after the last project
 */
export async function statsBehindAfter(
  db: Database,
  after: string,
  limit: number,
): Promise<{ readonly behind: readonly StatsCursor[]; readonly last: string | null }> {
  const { rows } = await db.pool.query<CursorRow>({
    name: "stats-behind-after",
    text: `WITH looked AS MATERIALIZED (${CURSOR} WHERE projects.id > $1 ORDER BY projects.id LIMIT $2)
           ${WITH_BEHIND} ORDER BY id`,
    values: [after, limit],
  });
  return { behind: cursorsBehind(rows), last: rows.length < limit ? null : (rows.at(-1)?.id ?? null) };
}

function cursorsBehind(rows: readonly CursorRow[]): readonly StatsCursor[] {
  return rows
    .filter((row) => row.behind)
    .map((row) => ({ projectId: row.id, position: { xact: BigInt(row.xact), id: row.event } }));
}

/**
 * Attack: tags are free text, and one of its own per message would make the counts larger than the log, and never end. A day of a
 * project has this many counts of tags; beyond that, tags that are new on that day are counted together, in `stats_series`.
 */
const MAX_TAG_COUNTS_A_DAY = 10_000;
/** Under the tag '': how many counts of tags the day has. */
const TAG_COUNTS = "tag_counts";
/** Counts of tags are kept for thirteen months, those of all messages for ever. */
const TAG_COUNTS_KEPT = "396 days";
const HOURS_KEPT = "35 days";

/**
 * Attack: a message to each of very many domains. An hour and a day of a project have this many names of each kind; what is new after
 * that is counted together, under the name ''.
 */
const MAX_NAMES = { hour: 100, day: 1_000 } as const;
/** Under the name '': how many names the hour or day has. */
const NAMES = "names";

// What is known is asked before anything is added: nobody else adds to this project, or the cursor would not have moved.
const ADD_COUNTS = `
WITH moved AS (
  INSERT INTO stats_cursors (project_id, cursor_xact, cursor_id) VALUES ($1, $4, $5)
  ON CONFLICT (project_id) DO UPDATE SET cursor_xact = excluded.cursor_xact, cursor_id = excluded.cursor_id
   WHERE (stats_cursors.cursor_xact, stats_cursors.cursor_id) = ($2::bigint, $3::uuid)
  RETURNING project_id
), offered AS MATERIALIZED (
  SELECT new.*, EXISTS (
           SELECT FROM daily_stats known
            WHERE known.project_id = $1 AND known.day = new.day AND known.tag = new.tag AND known.metric = new.metric) AS known
    FROM moved, json_to_recordset($6::json) AS new(day date, tag text, metric text, count bigint)
), taken AS MATERIALIZED (
  SELECT * FROM offered
   WHERE known OR tag = '' OR coalesce((
           SELECT count FROM daily_stats present
            WHERE present.project_id = $1 AND present.day = offered.day AND present.tag = '' AND present.metric = '${TAG_COUNTS}'
         ), 0) < ${MAX_TAG_COUNTS_A_DAY}
), added AS (
  INSERT INTO daily_stats (project_id, day, tag, metric, count)
  SELECT $1, day, tag, metric, count FROM taken
   UNION ALL
  SELECT $1, day, '', '${TAG_COUNTS}', count(*) FROM taken WHERE tag <> '' AND NOT known GROUP BY day
  ON CONFLICT (project_id, day, tag, metric) DO UPDATE SET count = daily_stats.count + excluded.count
), series AS MATERIALIZED (
  SELECT new.*, EXISTS (
           SELECT FROM stats_series known
            WHERE known.project_id = $1 AND known.period = new.period AND known.kind = new.kind AND known.start = new.start
              AND known.name = new.name) AS known
    FROM moved, json_to_recordset($7::json)
      AS new(period text, kind text, start timestamptz, name text, metric text, count bigint)
), ranked AS (
  SELECT period, kind, start, name, row_number() OVER (PARTITION BY period, kind, start ORDER BY sum(count) DESC, name) AS place
    FROM series WHERE NOT known AND name <> ''
   GROUP BY period, kind, start, name
), admitted AS MATERIALIZED (
  SELECT period, kind, start, name FROM ranked
   WHERE place + coalesce((
           SELECT count FROM stats_series present
            WHERE present.project_id = $1 AND present.period = ranked.period AND present.kind = ranked.kind
              AND present.start = ranked.start AND present.name = '' AND present.metric = '${NAMES}'
         ), 0) <= CASE period WHEN 'hour' THEN ${MAX_NAMES.hour} ELSE ${MAX_NAMES.day} END
), added_series AS (
  INSERT INTO stats_series (project_id, period, kind, start, name, metric, count)
  SELECT $1, period, kind, start, name, metric, sum(count) FROM (
    SELECT series.period, series.kind, series.start, metric, count,
           CASE WHEN known OR admitted.name IS NOT NULL THEN series.name ELSE '' END AS name
      FROM series LEFT JOIN admitted USING (period, kind, start, name)
     UNION ALL
    SELECT period, kind, start, '${NAMES}', 1, '' FROM admitted
     UNION ALL
    SELECT 'day', 'tag', day::timestamp AT TIME ZONE 'UTC', metric, count, '' FROM offered
     WHERE tag <> '' AND (day, tag, metric) NOT IN (SELECT day, tag, metric FROM taken)
  ) AS named
  GROUP BY period, kind, start, name, metric
  ON CONFLICT (project_id, period, kind, start, name, metric) DO UPDATE SET count = stats_series.count + excluded.count
)
SELECT FROM moved`;

/**
 * Adds counts and moves the project's cursor, in one statement: an event is counted exactly once, whoever counts it. Another
 * process that has counted the same events finds that the cursor is no longer where it began, and adds nothing.
 *
 * @returns whether the cursor was still at `from`
 */
export async function addCounts(
  db: Database,
  from: StatsCursor,
  to: LogPosition,
  counts: { readonly daily: readonly DailyCount[]; readonly series: readonly SeriesCount[] },
): Promise<boolean> {
  const { rows } = await db.pool.query({
    name: "add-counts",
    text: ADD_COUNTS,
    values: [
      from.projectId,
      from.position.xact.toString(),
      from.position.id,
      to.xact.toString(),
      to.id,
      JSON.stringify(counts.daily),
      JSON.stringify(counts.series),
    ],
  });
  return rows.length > 0;
}

/** Deletes the counts of tags, domains and providers that are older than SendGrid keeps those of categories, and those of hours. */
export async function deleteOldCounts(db: Database): Promise<void> {
  await db.pool.query(
    `DELETE FROM stats_series
      WHERE (period = 'hour' AND start < now() - interval '${HOURS_KEPT}')
         OR (period = 'day' AND start < now() - interval '${TAG_COUNTS_KEPT}')`,
  );
  await db.pool.query(
    `DELETE FROM daily_stats WHERE tag <> '' AND day < (now() AT TIME ZONE 'UTC')::date - interval '${TAG_COUNTS_KEPT}'`,
  );
}

/** A tag with the sums of its metrics. */
export interface TagSums {
  readonly tag: string;
  readonly metrics: Readonly<Record<string, number>>;
}

/** The sums of each tag over days (inclusive), ordered by one metric and then by name. */
export async function sumStatsByTag(
  db: Database,
  query: {
    readonly projectId: string;
    readonly from: string;
    readonly to: string;
    readonly metric: string;
    readonly direction: "asc" | "desc";
    readonly limit: number;
    readonly offset: number;
  },
): Promise<readonly TagSums[]> {
  const { rows } = await db.pool.query<TagSums>({
    text: `WITH sums AS (
             SELECT tag, metric, sum(count)::float8 AS count FROM daily_stats
              WHERE project_id = $1 AND day BETWEEN $2 AND $3 AND tag <> ''
              GROUP BY tag, metric)
           SELECT tag, json_object_agg(metric, count) AS metrics FROM sums GROUP BY tag
            ORDER BY coalesce(max(count) FILTER (WHERE metric = $4), 0) ${query.direction === "asc" ? "ASC" : "DESC"}, tag COLLATE "C"
            LIMIT $5 OFFSET $6`,
    values: [query.projectId, query.from, query.to, query.metric, query.limit, query.offset],
  });
  return rows;
}

/** Tags that messages since `from` had, by name. `prefix` '' takes all. */
export async function listTags(
  db: Database,
  query: {
    readonly projectId: string;
    readonly from: string;
    readonly prefix: string;
    readonly limit: number;
    readonly offset: number;
  },
): Promise<readonly string[]> {
  const { rows } = await db.pool.query<{ tag: string }>({
    name: "list-tags",
    text: `SELECT DISTINCT tag COLLATE "C" AS tag FROM daily_stats
            WHERE project_id = $1 AND day >= $2 AND tag <> '' AND starts_with(tag, $3)
            ORDER BY 1 LIMIT $4 OFFSET $5`,
    values: [query.projectId, query.from, query.prefix, query.limit, query.offset],
  });
  return rows.map((row) => row.tag);
}
