import type { Database } from "./database.ts";

/** How many addresses of one domain bounced on one day with one status. */
export interface BounceCount {
  /** `2026-11-23`, in UTC. */
  readonly day: string;
  /** RFC 3463; null when the server gave none. */
  readonly status: string | null;
  /** Of the address; empty when not asked for. */
  readonly domain: string;
  readonly count: number;
}

/**
 * Counts the bounces on record of a project by day and status, and if asked by domain.
 *
 * @param days first and last, both counted, as `2026-11-23`
 * @param limit of counts; the days after it are left out
 */
export async function countBounces(
  db: Database,
  projectId: string,
  days: { readonly from: string; readonly to: string },
  options: { readonly byDomain: boolean; readonly limit: number },
): Promise<readonly BounceCount[]> {
  const { rows } = await db.pool.query<{ day: string; status: string | null; domain: string; count: string }>(
    `SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, status,
            CASE WHEN $4 THEN split_part(address, '@', -1) ELSE '' END AS domain, count(*) AS count
       FROM suppressions
      WHERE project_id = $1 AND reason IN ('bounced', 'invalid', 'blocked') AND group_id = 0
        AND created_at >= $2::date::timestamp AT TIME ZONE 'UTC'
        AND created_at < ($3::date + 1)::timestamp AT TIME ZONE 'UTC'
      GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT $5`,
    [projectId, days.from, days.to, options.byDomain, options.limit],
  );
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}
