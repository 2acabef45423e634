import type { RateStanding } from "@waxwing/store";

/** Renders how limits stand as header fields; none for none. */
export type RateFields = (
  standings: readonly RateStanding[],
  nowMs: number,
) => Readonly<Record<string, string>>;

const seconds = (ms: number): number => Math.ceil(ms / 1_000);

/**
 * `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-10, with the policies `key` and `project`:
 *
 *     RateLimit-Policy: "key";q=20;w=2
 *     RateLimit: "key";r=19;t=1
 *
 * `q` requests in any `w` seconds; now `r` may come at once, and `q` again after `t` seconds. Where `r` is 0, one may come after `t`.
 */
export const rateFields: RateFields = (standings) => {
  if (standings.length === 0) return {};
  const policies = standings.map(({ of, rate, burst }) => `"${of}";q=${burst};w=${burst / rate}`);
  const states = standings.map(
    ({ of, remaining, resetMs }) => `"${of}";r=${remaining};t=${seconds(resetMs)}`,
  );
  return { "ratelimit-policy": policies.join(", "), ratelimit: states.join(", ") };
};

/** The fields of SendGrid's API beside those: `X-RateLimit-Reset` is a Unix time. Of several limits the tightest. */
export const sendgridRateFields: RateFields = (standings, nowMs) => {
  const [tightest] = standings.toSorted((a, b) => a.remaining - b.remaining);
  if (tightest === undefined) return {};
  return {
    ...rateFields(standings, nowMs),
    "x-ratelimit-limit": String(tightest.burst),
    "x-ratelimit-remaining": String(tightest.remaining),
    "x-ratelimit-reset": String(seconds(nowMs + tightest.resetMs)),
  };
};
