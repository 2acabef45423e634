import type { Clock } from "@waxwing/runtime";
import type { Database } from "./database.ts";
import { createLimitLookup, type LimitedParty } from "./limits.ts";
import { BURST_SECONDS, takeFromBucket } from "./rate-bucket.ts";

/** How a limit stands after a request. */
export interface RateStanding {
  readonly of: "key" | "project";
  /** Requests per second. */
  readonly rate: number;
  /** Requests that may come at once when none came for a while. */
  readonly burst: number;
  /** Requests that may come at once now, as far as this process knows. */
  readonly remaining: number;
  /** Until `burst` may come at once again; of a limit that is used up: until one may come. */
  readonly resetMs: number;
}

/** Whether a request may go on; `standings` are empty where no limit applies. */
export type RateAnswer =
  | { readonly kind: "ok"; readonly standings: readonly RateStanding[] }
  | {
      readonly kind: "limited";
      readonly by: RateStanding;
      readonly retryAfterMs: number;
      readonly standings: readonly RateStanding[];
    };

/** Counts a request of this party. @throws when the database is away. */
export type TakeRequest = (party: LimitedParty) => Promise<RateAnswer>;

/** A tenth of a second's requests at a time: ten queries a second and process at most, however many requests come. */
const PORTIONS_PER_SECOND = 10;
/** Tokens that a process took and did not need are void after this time. */
const HELD_MS = 1_000;
const MAX_BUCKETS = 10_000;
const UNLIMITED: RateAnswer = { kind: "ok", standings: [] };

/** What this process holds of a shared bucket. */
interface Bucket {
  tokens: number;
  /** Tokens in the shared bucket when it was last looked at. */
  left: number;
  voidAtMs: number;
  emptyUntilMs: number;
  waiting: number;
  taking: Promise<void> | null;
}

/**
 * Limits the requests per second of keys and projects, over all processes. Each process takes portions of a tenth of a second's
 * requests out of the shared bucket and serves requests from those, so that most cost no query, nor do those that are refused.
 *
 * Of a limit of n per second, over any t seconds at most n * (t + 2) requests pass and one portion (n / 10, at least 1) more for
 * each process.
 *
 * @param options.defaultKeyRate requests per second of a key that has no limit of its own; null: any number
 */
export function createRateLimiter(options: {
  readonly db: Database;
  readonly clock: Clock;
  readonly defaultKeyRate: number | null;
}): TakeRequest {
  const { db, clock, defaultKeyRate } = options;
  const limitsOf = createLimitLookup(options);
  const buckets = new Map<string, Bucket>();

  const bucketOf = (subject: string): Bucket => {
    const known = buckets.get(subject);
    if (known !== undefined) return known;
    if (buckets.size >= MAX_BUCKETS) buckets.clear();
    const fresh = { tokens: 0, left: 0, voidAtMs: 0, emptyUntilMs: 0, waiting: 0, taking: null };
    buckets.set(subject, fresh);
    return fresh;
  };

  const fill = async (bucket: Bucket, subject: string, rate: number): Promise<void> => {
    const portion = Math.max(Math.ceil(rate / PORTIONS_PER_SECOND), bucket.waiting);
    const { taken, left, waitMs } = await takeFromBucket(
      db,
      subject,
      rate,
      Math.min(portion, rate * BURST_SECONDS),
    );
    bucket.tokens = taken;
    bucket.left = left;
    bucket.voidAtMs = clock.now() + HELD_MS;
    if (taken === 0) bucket.emptyUntilMs = clock.now() + waitMs;
  };

  /** True when a token was taken. */
  const take = async (bucket: Bucket, subject: string, rate: number): Promise<boolean> => {
    for (;;) {
      if (bucket.tokens > 0 && bucket.voidAtMs > clock.now()) {
        bucket.tokens--;
        return true;
      }
      if (bucket.emptyUntilMs > clock.now()) return false;
      bucket.waiting++;
      try {
        bucket.taking ??= fill(bucket, subject, rate).finally(() => {
          bucket.taking = null;
        });
        await bucket.taking;
      } finally {
        bucket.waiting--;
      }
    }
  };

  const standingOf = (
    of: RateStanding["of"],
    rate: number,
    bucket: Bucket,
    limited: boolean,
  ): RateStanding => {
    const burst = rate * BURST_SECONDS;
    const remaining = limited ? 0 : Math.min(burst, bucket.tokens + bucket.left);
    const resetMs = limited
      ? Math.max(1, bucket.emptyUntilMs - clock.now())
      : Math.ceil(((burst - remaining) * 1_000) / rate);
    return { of, rate, burst, remaining, resetMs };
  };

  return async (party) => {
    const { key, project } = await limitsOf(party);
    const keyRate = party.keyId === null ? null : (key.rateLimit ?? defaultKeyRate);
    if (keyRate === null && project.rateLimit === null) return UNLIMITED;
    const standings: RateStanding[] = [];
    const taken: Bucket[] = [];
    for (const [of, id, rate] of [
      ["key", party.keyId, keyRate],
      ["project", party.projectId, project.rateLimit],
    ] as const) {
      if (rate === null) continue;
      const subject = `${of}:${id}:requests`;
      const bucket = bucketOf(subject);
      const isTaken = await take(bucket, subject, rate);
      const standing = standingOf(of, rate, bucket, !isTaken);
      standings.push(standing);
      if (!isTaken) {
        // The request does not go on, so it does not count against the other limit.
        for (const other of taken) other.tokens++;
        return { kind: "limited", by: standing, retryAfterMs: standing.resetMs, standings };
      }
      taken.push(bucket);
    }
    return { kind: "ok", standings };
  };
}
