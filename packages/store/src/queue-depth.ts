import { idTimeMs } from "@waxwing/runtime";
import type { Database } from "./database.ts";

/** What waits in a lane. */
export interface LaneDepth {
  /** The site, with `|` and the egress pool where that is not the default one. */
  readonly lane: string;
  /** Recipients that wait; where `isMinimum`, at least as many. */
  readonly depth: number;
  readonly isMinimum: boolean;
  /** How many of them are with a worker. */
  readonly underWay: number;
  /** When the oldest of those that were counted was accepted. */
  readonly oldestAt: Date;
  /** When the first one falls due, or fell due. */
  readonly nextDueAt: Date;
}

/** Of one lane, priority and project no more than this are counted: beside a million the answer must come at once. */
const COUNTED = 10_000;
/** Triples of lane, priority and project that are looked at. */
const MAX_HEADS = 20_000;

// The triples are found by skipping through the claim index, one probe each.
const HEADS = `
WITH RECURSIVE heads AS (
  (SELECT site, priority, project_id, 1 AS n FROM backlog ORDER BY site, priority, project_id LIMIT 1)
  UNION ALL
  SELECT next.site, next.priority, next.project_id, heads.n + 1 FROM heads, LATERAL (
    SELECT site, priority, project_id FROM backlog
     WHERE (site, priority, project_id) > (heads.site, heads.priority, heads.project_id)
     ORDER BY site, priority, project_id LIMIT 1) AS next
   WHERE heads.n < ${MAX_HEADS}
)`;

/**
 * The lanes in which mail waits, the deepest first: of one project, or with null of all.
 *
 * @param page.offset how many lanes to pass over
 */
export async function listLaneDepths(
  db: Database,
  page: { readonly projectId: string | null; readonly limit: number; readonly offset: number },
): Promise<readonly LaneDepth[]> {
  return await depths(
    db,
    `${HEADS}, chosen AS (SELECT * FROM heads WHERE $1::uuid IS NULL OR project_id = $1)`,
    [page.projectId, page.limit, page.offset],
  );
}

/** What waits in one lane, of one project or with null of all; null: nothing. */
export async function findLaneDepth(
  db: Database,
  lane: string,
  projectId: string | null,
): Promise<LaneDepth | null> {
  const heads = `
WITH RECURSIVE heads AS (
  (SELECT site, priority, project_id FROM backlog WHERE site = $4 ORDER BY priority, project_id LIMIT 1)
  UNION ALL
  SELECT next.site, next.priority, next.project_id FROM heads, LATERAL (
    SELECT site, priority, project_id FROM backlog
     WHERE site = $4 AND (priority, project_id) > (heads.priority, heads.project_id)
     ORDER BY priority, project_id LIMIT 1) AS next
), chosen AS (SELECT * FROM heads WHERE $1::uuid IS NULL OR project_id = $1)`;
  const [found] = await depths(db, heads, [projectId, 1, 0, lane]);
  return found ?? null;
}

async function depths(db: Database, chosen: string, values: readonly unknown[]): Promise<LaneDepth[]> {
  const { rows } = await db.pool.query<{
    site: string;
    depth: number;
    is_minimum: boolean;
    under_way: number;
    oldest: string;
    next_due: Date;
  }>(
    `${chosen}
SELECT chosen.site, sum(depth)::integer AS depth, bool_or(depth = ${COUNTED}) AS is_minimum,
       sum(under_way)::integer AS under_way, min(oldest) AS oldest, min(next_due) AS next_due
  FROM chosen, LATERAL (
    SELECT count(*) AS depth, count(*) FILTER (WHERE leased_until > now()) AS under_way,
           min(message_id::text) AS oldest, min(due_at) AS next_due
      FROM (SELECT message_id, due_at, leased_until FROM backlog
             WHERE backlog.site = chosen.site AND backlog.priority = chosen.priority
               AND backlog.project_id = chosen.project_id
             ORDER BY due_at LIMIT ${COUNTED}) AS head) AS counted
 WHERE depth > 0
 GROUP BY chosen.site
 ORDER BY 2 DESC, 1
 LIMIT $2 OFFSET $3`,
    [...values],
  );
  return rows.map((row) => ({
    lane: row.site,
    depth: row.depth,
    isMinimum: row.is_minimum,
    underWay: row.under_way,
    oldestAt: new Date(idTimeMs(row.oldest)),
    nextDueAt: row.next_due,
  }));
}

/** The lanes in which mail of a site or of a project waits. */
export async function lanesOf(
  db: Database,
  of: { readonly kind: "site" | "project"; readonly value: string },
): Promise<readonly string[]> {
  const { rows } = await db.pool.query<{ site: string }>(
    `${HEADS} SELECT DISTINCT site FROM heads
      WHERE ${of.kind === "site" ? "split_part(site, '|', 1) = $1" : "project_id = $1::uuid"}`,
    [of.value],
  );
  return rows.map((row) => row.site);
}
