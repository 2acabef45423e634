import type { Database } from "./database.ts";

/** After a change a domain stays where it is for this long: answers that rotate must not send its mail to and fro. */
const SETTLED_MS = 60_000;
/** A domain that no mail has gone to for this long is forgotten; a write a day keeps it. */
const FORGOTTEN_AFTER = "30 days";

/**
 * Says which site a domain belongs to, and returns the one that holds for all workers: this one, unless another was put down within
 * the last minute.
 */
export async function settleDomainSite(
  db: Database,
  found: { readonly domain: string; readonly site: string; readonly settledMs?: number },
): Promise<string> {
  const { rows } = await db.pool.query<{ site: string }>({
    name: "settle-domain-site",
    text: `WITH put AS (
             INSERT INTO domain_sites (domain, site, checked_at) VALUES ($1, $2, now())
             ON CONFLICT (domain) DO UPDATE SET site = excluded.site, checked_at = now()
              WHERE domain_sites.checked_at <=
                    now() - CASE WHEN domain_sites.site = excluded.site THEN interval '1 day'
                                 ELSE make_interval(secs => $3) END
             RETURNING site
           )
           SELECT site FROM put
           UNION ALL
           SELECT site FROM domain_sites WHERE domain = $1 AND NOT EXISTS (SELECT FROM put)`,
    values: [found.domain, found.site, (found.settledMs ?? SETTLED_MS) / 1_000],
  });
  // Without a row another worker is just putting one down, which this statement does not see yet: nearly always the same.
  return rows[0]?.site ?? found.site;
}

/** The sites of those of these domains that have one. */
export async function findDomainSites(
  db: Database,
  domains: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await db.pool.query<{ domain: string; site: string }>({
    name: "find-domain-sites",
    text: "SELECT domain, site FROM domain_sites WHERE domain = ANY($1::text[])",
    values: [domains],
  });
  return new Map(rows.map(({ domain, site }) => [domain, site]));
}

/** Forgets the sites of domains that no mail goes to any more. */
export async function deleteOldDomainSites(db: Database): Promise<void> {
  await db.pool.query(`DELETE FROM domain_sites WHERE checked_at < now() - interval '${FORGOTTEN_AFTER}'`);
}

/** Rows moved by one statement: few enough that none of them waits for long. */
const MOVED_AT_ONCE = 5_000;

/**
 * Moves what waits in a lane to another one, for one project: all of it but what a worker holds. What wakes the other lane up is the
 * caller's to do, after this.
 *
 * @returns how many recipients were moved
 */
export async function moveBacklog(
  db: Database,
  move: { readonly from: string; readonly to: string; readonly projectId: string },
): Promise<number> {
  let moved = 0;
  for (;;) {
    const { rowCount } = await db.pool.query({
      name: "move-backlog",
      text: `WITH waiting AS MATERIALIZED (
               SELECT message_id, ordinal FROM backlog
                WHERE site = $1 AND project_id = $2 AND (leased_until IS NULL OR leased_until <= now())
                LIMIT $4 FOR UPDATE SKIP LOCKED
             )
             UPDATE backlog SET site = $3, due_at = greatest(due_at, now()) FROM waiting
              WHERE backlog.message_id = waiting.message_id AND backlog.ordinal = waiting.ordinal`,
      values: [move.from, move.projectId, move.to, MOVED_AT_ONCE],
    });
    moved += rowCount ?? 0;
    if ((rowCount ?? 0) < MOVED_AT_ONCE) return moved;
  }
}
