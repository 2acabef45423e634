import type { EndpointStanding, Webhook } from "@waxwing/store";
import type { PostResult } from "./webhook-post.ts";

/**
 * How an endpoint does within one round of its lane. An endpoint that is down is left alone for a while, longer the longer it is
 * down; its events stay in the log meanwhile, and cost nothing.
 *
 * Invariants:
 * - an endpoint that failed last is asked with one post before it is asked with many;
 * - what is wrong with single events (one that its program chokes on) stops nothing: only failures in a row do.
 */
export interface EndpointHealth {
  /** Posts that may be under way at once. */
  readonly concurrency: () => number;
  /** Nothing more is to be posted in this round. */
  readonly isDown: () => boolean;
  readonly isGone: () => boolean;
  /** Until when the endpoint is left alone (Unix ms); null: it need not be. */
  readonly pausedUntilMs: () => number | null;
  readonly heard: (result: PostResult, nowMs: number) => void;
  readonly standing: () => EndpointStanding;
}

const FIRST_CONCURRENCY = 8;
const CONCURRENCY = 32;
const FAILURES_IN_A_ROW = 3;
const SHORTEST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 900_000;
const LONGEST_ASKED_PAUSE_MS = 86_400_000;
/** An endpoint that has been down for an hour is asked again after a quarter of one. */
const SHARE_OF_OUTAGE = 4;
const GONE = 410;

/** @param options.failuresInARow how many make a pause; three when absent */
export function createEndpointHealth(
  webhook: Pick<Webhook, "failingSince">,
  options: { readonly failuresInARow?: number } = {},
): EndpointHealth {
  const wasFailing = webhook.failingSince !== null;
  const limit = wasFailing ? 1 : (options.failuresInARow ?? FAILURES_IN_A_ROW);
  let successes = 0;
  let failures = 0;
  let failuresInARow = 0;
  let gone = false;
  let pausedUntilMs: number | null = null;

  const pauseMs = (nowMs: number): number => {
    const downMs = webhook.failingSince === null ? 0 : nowMs - webhook.failingSince.getTime();
    return Math.min(Math.max(downMs / SHARE_OF_OUTAGE, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
  };

  return {
    concurrency: () => {
      if (successes > 0) return CONCURRENCY;
      return wasFailing ? 1 : FIRST_CONCURRENCY;
    },
    isDown: () => gone || pausedUntilMs !== null,
    isGone: () => gone,
    pausedUntilMs: () => pausedUntilMs,
    heard: (result, nowMs) => {
      if (result.error === null) {
        successes++;
        failuresInARow = 0;
        return;
      }
      failures++;
      failuresInARow++;
      if (result.status === GONE) gone = true;
      if (result.retryAfterMs !== null)
        pausedUntilMs = Math.max(
          pausedUntilMs ?? 0,
          nowMs + Math.min(result.retryAfterMs, LONGEST_ASKED_PAUSE_MS),
        );
      else if (failuresInARow >= limit) pausedUntilMs = Math.max(pausedUntilMs ?? 0, nowMs + pauseMs(nowMs));
    },
    standing: () => {
      if (pausedUntilMs !== null || (failures > 0 && successes === 0))
        return { kind: "failing", pausedUntilMs };
      return successes > 0 ? { kind: "fine" } : { kind: "unknown" };
    },
  };
}
