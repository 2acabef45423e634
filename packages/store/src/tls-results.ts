import type { Database } from "./database.ts";

/** Sessions of one UTC day (`2026-11-23`) with one domain that came to the same. */
export interface TlsResult {
  readonly day: string;
  readonly domain: string;
  /** SHA-256 of policy and failure. */
  readonly digest: Buffer;
  readonly policy: unknown;
  /** Null: success. */
  readonly failure: unknown;
  readonly sessions: number;
}

/** Adds sessions to what is counted already. */
export async function addTlsResults(db: Database, results: readonly TlsResult[]): Promise<void> {
  if (results.length === 0) return;
  await db.pool.query({
    name: "add-tls-results",
    // In one order everywhere: two workers that count the same wait for each other one way only.
    text: `INSERT INTO tls_results AS counted (day, domain, digest, policy, failure, sessions)
           SELECT day, domain, decode(digest, 'hex'), policy, nullif(failure, 'null'::jsonb), sessions
             FROM json_to_recordset($1::json)
               AS r(day date, domain text, digest text, policy jsonb, failure jsonb, sessions bigint)
            ORDER BY day, domain, digest
           ON CONFLICT (day, domain, digest) DO UPDATE SET sessions = counted.sessions + EXCLUDED.sessions`,
    values: [JSON.stringify(results.map((result) => ({ ...result, digest: result.digest.toString("hex") })))],
  });
}

/** A report to be made: all sessions of a domain on a day that is over. */
export interface DueTlsReport {
  readonly day: string;
  readonly domain: string;
  /** How often it has been tried, this time included. */
  readonly tries: number;
  readonly results: readonly Pick<TlsResult, "policy" | "failure" | "sessions">[];
}

/** Results of a domain beyond this say nothing new. */
const RESULTS_PER_REPORT = 200;

/**
 * Takes up to `limit` reports on days before `today` for `leaseS` seconds, that nobody has sent, holds, or has tried `maxTries` times.
 */
export async function claimTlsReports(
  db: Database,
  claim: {
    readonly today: string;
    readonly limit: number;
    readonly leaseS: number;
    readonly maxTries: number;
  },
): Promise<readonly DueTlsReport[]> {
  const { rows } = await db.pool.query<{ day: string; domain: string; tries: number }>({
    name: "claim-tls-reports",
    text: `WITH due AS (
             SELECT DISTINCT day, domain FROM tls_results WHERE day < $1
                AND NOT EXISTS (SELECT FROM tls_reports AS r
                                 WHERE r.day = tls_results.day AND r.domain = tls_results.domain
                                   AND (r.done_at IS NOT NULL OR r.leased_until > now() OR r.tries >= $4))
              ORDER BY day, domain LIMIT $2
           )
           INSERT INTO tls_reports AS r (day, domain, tries, leased_until)
           SELECT day, domain, 1, now() + make_interval(secs => $3) FROM due
           ON CONFLICT (day, domain) DO UPDATE SET tries = r.tries + 1, leased_until = EXCLUDED.leased_until
            WHERE r.done_at IS NULL AND r.leased_until <= now() AND r.tries < $4
           RETURNING day::text, domain, tries`,
    values: [claim.today, claim.limit, claim.leaseS, claim.maxTries],
  });
  return await Promise.all(
    rows.map(async (row) => {
      const { rows: results } = await db.pool.query<{ policy: unknown; failure: unknown; sessions: string }>({
        name: "read-tls-results",
        text: `SELECT policy, failure, sessions FROM tls_results WHERE day = $1 AND domain = $2
                ORDER BY sessions DESC LIMIT $3`,
        values: [row.day, row.domain, RESULTS_PER_REPORT],
      });
      return { ...row, results: results.map((result) => ({ ...result, sessions: Number(result.sessions) })) };
    }),
  );
}

/** The report was sent, or nobody wants it. */
export async function finishTlsReport(
  db: Database,
  report: Pick<DueTlsReport, "day" | "domain">,
): Promise<void> {
  await db.pool.query("UPDATE tls_reports SET done_at = now() WHERE day = $1 AND domain = $2", [
    report.day,
    report.domain,
  ]);
}

/** Deletes results and reports of more than a week ago. */
export async function deleteOldTlsResults(db: Database): Promise<void> {
  await db.pool.query("DELETE FROM tls_results WHERE day < now() - interval '7 days'");
  await db.pool.query("DELETE FROM tls_reports WHERE day < now() - interval '7 days'");
}
