import type { Database } from "./database.ts";
import type { SeriesCount } from "./stats.ts";

/** What is asked of the counts: days are inclusive, YYYY-MM-DD in UTC. */
export interface SeriesQuery {
  readonly projectId: string;
  readonly from: string;
  readonly to: string;
  /** Length of a period. Weeks begin on Monday (ISO 8601). */
  readonly by: "hour" | "day" | "week" | "month";
  readonly kind: SeriesCount["kind"];
}

/** A number of a period. `start`: its first day YYYY-MM-DD, or where it is an hour that, `2030-01-31T13:00:00Z`. */
export interface PeriodCount {
  readonly start: string;
  /** '' is the rest: names that came when there was no room for more. Of the kind `all` it is everything. */
  readonly name: string;
  readonly metric: string;
  readonly count: number;
}

/** How an answer writes the start of a period. */
const FORMATS = {
  hour: `'YYYY-MM-DD"T"HH24:MI:SS"Z"'`,
  day: "'YYYY-MM-DD'",
  week: "'YYYY-MM-DD'",
  month: "'YYYY-MM-DD'",
} as const;

/** The rows `(at, name, metric, count)` of a kind, for the project $1 from the day $2 to $3. Days of all messages and of tags are `daily_stats`. */
function rowsOf({ by, kind }: Pick<SeriesQuery, "by" | "kind">): string {
  const series = `SELECT start AT TIME ZONE 'UTC' AS at, name, metric, count FROM stats_series
     WHERE project_id = $1 AND period = '${by === "hour" ? "hour" : "day"}' AND kind = '${kind}' AND metric <> 'names'
       AND start >= $2::date::timestamp AT TIME ZONE 'UTC' AND start < ($3::date + 1)::timestamp AT TIME ZONE 'UTC'`;
  if (by === "hour" || kind === "domain" || kind === "provider") return series;
  const daily = `SELECT day::timestamp AS at, tag AS name, metric, count FROM daily_stats
     WHERE project_id = $1 AND day BETWEEN $2::date AND $3::date AND metric <> 'tag_counts'`;
  return kind === "all" ? `${daily} AND tag = ''` : `${daily} AND tag <> '' UNION ALL ${series}`;
}

/**
 * Counts of periods. Periods, names and metrics without any are missing.
 *
 * @param names only these; null: all of them
 */
export async function readSeries(
  db: Database,
  query: SeriesQuery & { readonly names: readonly string[] | null },
): Promise<readonly PeriodCount[]> {
  const { rows } = await db.pool.query<PeriodCount>({
    text: `SELECT to_char(date_trunc($4, at), ${FORMATS[query.by]}) AS start, name, metric, sum(count)::float8 AS count
             FROM (${rowsOf(query)}) AS counted
            WHERE $5::text[] IS NULL OR name = ANY($5::text[])
            GROUP BY 1, 2, 3`,
    values: [query.projectId, query.from, query.to, query.by, query.names === null ? null : [...query.names]],
  });
  return rows;
}

/** The names of a kind with the sums of their metrics, those with most of one metric first, then by name; the rest ('') comes last. */
export async function sumSeries(
  db: Database,
  query: SeriesQuery & { readonly metric: string; readonly limit: number; readonly offset: number },
): Promise<readonly { readonly name: string; readonly metrics: Readonly<Record<string, number>> }[]> {
  const { rows } = await db.pool.query<{ name: string; metrics: Record<string, number> }>({
    text: `WITH sums AS (
             SELECT name, metric, sum(count)::float8 AS count FROM (${rowsOf(query)}) AS counted GROUP BY name, metric)
           SELECT name, json_object_agg(metric, count) AS metrics FROM sums GROUP BY name
            ORDER BY name = '', coalesce(max(count) FILTER (WHERE metric = $4), 0) DESC, name COLLATE "C"
            LIMIT $5 OFFSET $6`,
    values: [query.projectId, query.from, query.to, query.metric, query.limit, query.offset],
  });
  return rows;
}
