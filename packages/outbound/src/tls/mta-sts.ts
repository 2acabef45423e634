import type { Clock } from "@waxwing/runtime";
import { type Database, findStsPolicy, type StoredStsPolicy, storeStsPolicy } from "@waxwing/store";
import type { LookUp } from "../record-lookup.ts";
import { createBoundedCache } from "./bounded-cache.ts";
import type { FetchedSts, FetchSts } from "./fetch-sts-policy.ts";
import { readStsRecord, type StsPolicy } from "./sts-policy.ts";

/** What a domain has said about TLS to its servers by MTA-STS. */
export type StsStanding =
  | { readonly kind: "policy"; readonly policy: StsPolicy }
  /** None, or none that could be read, which `failure` is about. */
  | { readonly kind: "none"; readonly failure: Extract<FetchedSts, { kind: "failed" }> | null };

/** Finds the policy that holds for a domain now. @throws when the database is away, and nobody knows what was promised before */
export type StsLookup = (domain: string) => Promise<StsStanding>;

interface Found {
  readonly standing: StsStanding;
  readonly keepMs: number;
}

/** How long a policy is used before its TXT record is looked at again, and a domain without one is asked again. */
const RECHECK_MS = 10 * 60_000;
/** RFC 8461 §3.3: a host that did not give its policy is left alone for five minutes. */
const FAILED_MS = 5 * 60_000;
/** RFC 8461 §10.2: fetched anew at least so often, so that whoever blocks the fetch must do so for most of max_age. */
const REFRESH_MS = 24 * 3_600_000;

/**
 * Follows RFC 8461 §3.3 and §5.1: a TXT record whose id is new, or a policy that was fetched a day ago, means fetching; a fetch that
 * fails, or a record that is gone, leaves the cached policy in force until its max_age has passed. The cache is a table, so that a
 * worker that was started anew, or another one, keeps what was promised.
 */
export function createStsLookup(options: {
  readonly db: Database;
  readonly lookUp: LookUp;
  readonly fetch: FetchSts;
  readonly clock: Clock;
}): StsLookup {
  const { db, lookUp, fetch, clock } = options;

  const find = async (domain: string): Promise<Found> => {
    const [record, cached] = await Promise.all([
      lookUp<readonly string[]>(`_mta-sts.${domain}`, "TXT"),
      findStsPolicy(db, domain),
    ]);
    const nowMs = clock.now();
    const valid = cached !== null && cached.expiresAt.getTime() > nowMs ? cached : null;
    const recordId = record.kind === "found" ? readStsRecord(record.values) : null;
    if (recordId === null) return valid === null ? none(null, RECHECK_MS) : holding(valid, RECHECK_MS, nowMs);
    const isFresh = valid !== null && valid.fetchedAt.getTime() + REFRESH_MS > nowMs;
    if (isFresh && valid.recordId === recordId) return holding(valid, RECHECK_MS, nowMs);
    const fetched = await fetch(domain);
    if (fetched.kind === "failed")
      return valid === null ? none(fetched, FAILED_MS) : holding(valid, FAILED_MS, nowMs);
    const { mode, mx, maxAgeS } = fetched.policy;
    const stored: StoredStsPolicy = {
      domain,
      recordId,
      mode,
      mx: [...mx],
      maxAgeS,
      fetchedAt: new Date(nowMs),
      expiresAt: new Date(nowMs + maxAgeS * 1_000),
    };
    await storeStsPolicy(db, stored);
    return holding(stored, RECHECK_MS, nowMs);
  };

  const cache = createBoundedCache<Found>({ clock, keepMs: ({ keepMs }) => keepMs });
  return async (domain) => (await cache(domain, () => find(domain))).standing;
}

function none(failure: Extract<FetchedSts, { kind: "failed" }> | null, keepMs: number): Found {
  return { standing: { kind: "none", failure }, keepMs };
}

function holding({ mode, mx, maxAgeS, expiresAt }: StoredStsPolicy, keepMs: number, nowMs: number): Found {
  const standing: StsStanding =
    // RFC 8461 §8.3: `none` takes an earlier policy back.
    mode === "none" ? { kind: "none", failure: null } : { kind: "policy", policy: { mode, mx, maxAgeS } };
  return { standing, keepMs: Math.min(keepMs, expiresAt.getTime() - nowMs) };
}
