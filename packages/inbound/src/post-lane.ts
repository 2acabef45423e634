import { signWebhook, type WebhookPoster, webhookKey } from "@waxwing/events";
import type { Clock, Logger, SecretBox } from "@waxwing/runtime";
import {
  type Database,
  type DueInboundPost,
  decodeContent,
  dueInboundPosts,
  type InboundPostOutcome,
  nextInboundPostAt,
  recordInboundPost,
} from "@waxwing/store";
import { postBody } from "./post-body.ts";

/** AAD of the sealed secret of an inbound route. */
export const inboundRouteSecretContext = (routeId: string): string => `inbound-route:${routeId}`;

/** The lanes of inbound routes, by route id. */
interface RouteLanes {
  readonly wake: (routeIds: Iterable<string>) => Promise<void>;
  readonly wakeAt: (routeId: string, atMs: number) => Promise<void>;
}

/** What posting inbound mail needs. */
export interface PostLaneOptions {
  readonly db: Database;
  readonly lanes: RouteLanes;
  readonly secretBox: SecretBox;
  readonly poster: WebhookPoster;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Posts made at the same time for one route. Each holds its message a few times over. */
const CONCURRENCY = 4;
const FAILURES_IN_A_ROW = 3;
/** How long an endpoint that fails is left alone, apart from what a sweep tries. */
const PAUSE_MS = 30_000;
const SLICE_MS = 10_000;

/** Waits between tries; together a little over the three days that SendGrid tries for. */
const RETRY_WAITS_MS = [5, 30, 120, 600, 1_800, 3_600, 10_800, 21_600, ...Array<number>(8).fill(28_800)].map(
  (seconds) => seconds * 1_000,
);

/** Answers of the 4xx kind that say "later" all the same. */
const LATER: ReadonlySet<number> = new Set([408, 425, 429]);
const GONE = 410;
/** An endpoint may ask for no longer than this (Retry-After). */
const MAX_RETRY_AFTER_MS = 86_400_000;

/**
 * Returns the function that posts what is due for an inbound route. The routes have lanes of their own, so a slow endpoint delays no
 * other, and a post is forgotten only with its outcome: one that was made and not recorded is made again, with the same id.
 */
export function createInboundPostLane(options: PostLaneOptions): (routeId: string) => Promise<void> {
  const { db, lanes, clock, signal } = options;
  return async (routeId) => {
    const sliceEndMs = clock.now() + SLICE_MS;
    let failuresInARow = 0;
    while (!signal.aborted && failuresInARow < FAILURES_IN_A_ROW) {
      const due = await dueInboundPosts(db, routeId, clock.now(), CONCURRENCY);
      if (due.length === 0) break;
      const outcomes = await Promise.all(due.map((post) => postOne(options, post)));
      for (const outcome of outcomes) {
        await recordInboundPost(db, outcome);
        failuresInARow = outcome.error === null ? 0 : failuresInARow + 1;
      }
      if (clock.now() >= sliceEndMs) {
        await lanes.wake([routeId]);
        return;
      }
    }
    const next = await nextInboundPostAt(db, routeId);
    if (next === null) return;
    const notBeforeMs = failuresInARow >= FAILURES_IN_A_ROW ? clock.now() + PAUSE_MS : 0;
    await lanes.wakeAt(routeId, Math.max(next.getTime(), notBeforeMs));
  };
}

async function postOne(options: PostLaneOptions, due: DueInboundPost): Promise<InboundPostOutcome> {
  const { secretBox, poster, clock } = options;
  const { post, facts } = due;
  const { contentType, body } = postBody(post, facts, await decodeContent(due.zstd));
  const secret = secretBox.open(due.sealedSecret, inboundRouteSecretContext(post.routeId)).toString();
  const keys = [webhookKey(secret)];
  const signature = signWebhook({ id: post.id, nowMs: clock.now(), body, keys });
  const result = await poster.post(post.url, { ...signature, "content-type": contentType }, body);
  const attempts = post.attempts + 1;
  const { status, error, durationMs } = result;
  const settled = { id: post.id, attempts, status, error, durationMs };
  if (error === null) return { ...settled, state: "delivered", dueAtMs: null };
  const waitMs = isFinal(post.format, status) ? undefined : RETRY_WAITS_MS[attempts - 1];
  if (waitMs === undefined) {
    options.log.warn({ event: "inbound.post-failed", post: post.id, route: post.routeId, status, error });
    return { ...settled, state: "failed", dueAtMs: null };
  }
  const askedMs = Math.min(result.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS);
  return { ...settled, state: "pending", dueAtMs: clock.now() + Math.max(waitMs, askedMs) };
}

/** SendGrid tries again what was answered with a 5xx, and nothing that was answered with a 4xx; we try all but what is gone. */
function isFinal(format: DueInboundPost["post"]["format"], status: number | null): boolean {
  if (status === null) return false;
  if (status === GONE) return true;
  return format === "sendgrid" && status >= 400 && status < 500 && !LATER.has(status);
}
