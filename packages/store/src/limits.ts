import type { Clock } from "@waxwing/runtime";
import type { Database } from "./database.ts";

/** Whom requests and recipients are counted for. */
export interface LimitedParty {
  readonly projectId: string;
  /** The API key; null, or an id that is none, has the project's limits only. */
  readonly keyId: string | null;
}

/** What one party may do; null: any number. */
interface Limits {
  /** Requests per second. */
  readonly rateLimit: number | null;
  /** Recipients accepted per UTC day. */
  readonly dailyQuota: number | null;
}

/** The limits of a key and of its project; both hold. */
export interface PartyLimits {
  readonly key: Limits;
  readonly project: Limits;
}

/** A limit that was changed counts within this time. */
const CACHE_MS = 5_000;
const CACHE_ENTRIES = 10_000;
const NONE: Limits = { rateLimit: null, dailyQuota: null };

/** Looks up the limits of parties, remembered for 5 seconds: a request costs no query as a rule. @throws when the database is away. */
export function createLimitLookup(options: {
  readonly db: Database;
  readonly clock: Clock;
}): (party: LimitedParty) => Promise<PartyLimits> {
  const { db, clock } = options;
  const cache = new Map<string, { readonly limits: Promise<PartyLimits>; readonly untilMs: number }>();
  return (party) => {
    const name = `${party.projectId}/${party.keyId ?? ""}`;
    const known = cache.get(name);
    if (known !== undefined && known.untilMs > clock.now()) return known.limits;
    if (cache.size >= CACHE_ENTRIES) cache.clear();
    const limits = findLimits(db, party);
    cache.set(name, { limits, untilMs: clock.now() + CACHE_MS });
    limits.catch(() => cache.delete(name));
    return limits;
  };
}

async function findLimits(db: Database, party: LimitedParty): Promise<PartyLimits> {
  const { rows } = await db.pool.query<{
    project_rate: number | null;
    project_quota: number | null;
    key_rate: number | null;
    key_quota: number | null;
  }>({
    name: "find-limits",
    text: `SELECT projects.rate_limit AS project_rate, projects.daily_quota AS project_quota,
                  api_keys.rate_limit AS key_rate, api_keys.daily_quota AS key_quota
             FROM projects LEFT JOIN api_keys ON api_keys.id = $2 AND api_keys.project_id = projects.id
            WHERE projects.id = $1`,
    values: [party.projectId, party.keyId],
  });
  const [row] = rows;
  if (row === undefined) return { key: NONE, project: NONE };
  return {
    key: { rateLimit: row.key_rate, dailyQuota: row.key_quota },
    project: { rateLimit: row.project_rate, dailyQuota: row.project_quota },
  };
}
