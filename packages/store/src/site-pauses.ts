import type { Database } from "./database.ts";

/** Why a site is not sent to from a source for a while. */
export interface SitePause {
  readonly site: string;
  /** Name of the egress source. */
  readonly source: string;
  readonly kind: "unreachable" | "reply";
  readonly untilMs: number;
  /** The words of the server, or of the failure. */
  readonly reason: string;
  /** Failed tries to reach it in a row. */
  readonly failures: number;
}

/** As it is read back. */
export interface StoredSitePause extends SitePause {
  readonly changedAtMs: number;
}

const MAX_REASON_CHARS = 1_000;

/**
 * Sets a pause, in place of the one that this site and source may have had. A pause that has ended has `untilMs` in the past.
 *
 * @returns when that was, by the database's clock
 */
export async function saveSitePause(db: Database, pause: SitePause): Promise<number> {
  const { site, source, kind, untilMs, failures } = pause;
  const reason = pause.reason.slice(0, MAX_REASON_CHARS).replaceAll("\0", "\ufffd").toWellFormed();
  const { rows } = await db.pool.query<{ changed_at: Date }>({
    name: "save-site-pause",
    text: `INSERT INTO site_pauses (site, source, kind, until, reason, failures, changed_at)
           VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp())
           ON CONFLICT (site, source) DO UPDATE
              SET kind = EXCLUDED.kind, until = EXCLUDED.until, reason = EXCLUDED.reason, failures = EXCLUDED.failures,
                  changed_at = EXCLUDED.changed_at
           RETURNING changed_at`,
    values: [site, source, kind, new Date(untilMs), reason, failures],
  });
  return rows[0]?.changed_at.getTime() ?? 0;
}

/** Pauses that were set or ended after `sinceMs` by the database's clock. */
export async function loadSitePauses(db: Database, sinceMs: number): Promise<readonly StoredSitePause[]> {
  const { rows } = await db.pool.query<PauseRow>({
    name: "load-site-pauses",
    text: `SELECT site, source, kind, until, reason, failures, changed_at FROM site_pauses
            WHERE changed_at > $1 ORDER BY changed_at LIMIT 10000`,
    values: [new Date(sinceMs)],
  });
  return rows.map(pauseOf);
}

/** What a site is paused for now, from whatever source. */
export async function findSitePauses(db: Database, site: string): Promise<readonly StoredSitePause[]> {
  const { rows } = await db.pool.query<PauseRow>({
    name: "find-site-pauses",
    text: `SELECT site, source, kind, until, reason, failures, changed_at FROM site_pauses
            WHERE site = $1 AND until > now() ORDER BY source`,
    values: [site],
  });
  return rows.map(pauseOf);
}

/** Ends the pauses of a site, and forgets the failures that led to them. Returns how many there were. */
export async function endSitePauses(db: Database, site: string): Promise<number> {
  const { rowCount } = await db.pool.query(
    `UPDATE site_pauses SET until = now(), failures = 0, changed_at = clock_timestamp()
      WHERE site = $1 AND until > now()`,
    [site],
  );
  return rowCount ?? 0;
}

/** Deletes what ended more than a day ago. */
export async function deleteOldSitePauses(db: Database): Promise<void> {
  await db.pool.query("DELETE FROM site_pauses WHERE until < now() - interval '1 day'");
}

interface PauseRow {
  readonly site: string;
  readonly source: string;
  readonly kind: SitePause["kind"];
  readonly until: Date;
  readonly reason: string;
  readonly failures: number;
  readonly changed_at: Date;
}

function pauseOf(row: PauseRow): StoredSitePause {
  const { site, source, kind, reason, failures } = row;
  return {
    site,
    source,
    kind,
    reason,
    failures,
    untilMs: row.until.getTime(),
    changedAtMs: row.changed_at.getTime(),
  };
}
