import type { Clock, Logger, SecretBox } from "@waxwing/runtime";
import type { Database, DueDelivery, LoggedEvent, Webhook, WebhookDelivery } from "@waxwing/store";
import type { EndpointHealth } from "./endpoint-health.ts";
import type { PostResult, WebhookPoster } from "./webhook-post.ts";

/** An event that an endpoint is to be told, how often that was tried, and its number among those of its message. */
export type WebhookTask = DueDelivery;

/** What posting needs. */
export interface PostingOptions {
  readonly db: Database;
  readonly secretBox: SecretBox;
  readonly poster: WebhookPoster;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** What one call of an endpoint needs to know and tell. */
export interface PostingRound {
  readonly webhook: Webhook;
  readonly health: EndpointHealth;
}

/** Waits before the retries; the last one repeats. */
const RETRY_WAITS_MS = [5, 30, 120, 600, 1_800, 3_600, 10_800, 21_600, 28_800].map(
  (seconds) => seconds * 1_000,
);
const LAST_WAIT_MS = 28_800_000;
const HOUR_MS = 3_600_000;

/** The first wait: how long what was not tried behind a failure is put off. */
export const FIRST_RETRY_MS = RETRY_WAITS_MS[0] ?? 0;
/** An endpoint may ask for no longer than this (Retry-After). */
const MAX_RETRY_AFTER_MS = 24 * HOUR_MS;

/** Standard Webhooks: 410 Gone asks us to stop. */
const GONE = 410;

/**
 * How long to wait after so many failed tries, the last one exactly `retryHours` after the first; null: it is given up.
 */
function retryWaitMs(attempts: number, retryHours: number): number | null {
  const waited = (tries: number): number => {
    let sum = 0;
    for (let index = 0; index < tries; index++) sum += RETRY_WAITS_MS[index] ?? LAST_WAIT_MS;
    return sum;
  };
  const leftMs = retryHours * HOUR_MS - waited(attempts - 1);
  if (leftMs <= 0) return null;
  return Math.min(RETRY_WAITS_MS[attempts - 1] ?? LAST_WAIT_MS, leftMs);
}

/** What becomes of a task that was posted: delivered, to be tried again, or after the last wait given up. */
export function settle(
  webhook: Pick<Webhook, "retryHours">,
  task: WebhookTask,
  post: {
    readonly result: PostResult;
    readonly atMs: number;
    readonly nowMs: number;
    readonly events: number;
  },
): WebhookDelivery {
  const { result, atMs, nowMs, events } = post;
  const attempts = task.attempts + 1;
  const { status, error, durationMs } = result;
  const settled = {
    ...about(task),
    attempts,
    status,
    error,
    durationMs,
    lastTry: {
      at: new Date(atMs).toISOString(),
      duration_ms: durationMs,
      status,
      error,
      request_headers: result.requestHeaders,
      events,
      answer: result.answer,
    },
  };
  if (error === null) return { ...settled, state: "delivered", dueAtMs: null };
  // It is not the event that is refused for good: should the webhook be enabled again, it comes first.
  const waitMs = status === GONE ? FIRST_RETRY_MS : retryWaitMs(attempts, webhook.retryHours);
  if (waitMs === null) return { ...settled, state: "failed", dueAtMs: null };
  const askedMs = Math.min(result.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS);
  return { ...settled, state: "pending", dueAtMs: nowMs + Math.max(waitMs, askedMs) };
}

/** A task that was not tried and waits until `dueAtMs`. */
export function putOff(task: WebhookTask, dueAtMs: number): WebhookDelivery {
  const untried = { status: null, error: null, durationMs: null, lastTry: null };
  return { ...about(task), ...untried, attempts: task.attempts, state: "pending", dueAtMs };
}

function about({
  event,
  sequence,
}: {
  readonly event: LoggedEvent;
  readonly sequence: number | null;
}): Pick<WebhookDelivery, "eventId" | "eventXact" | "eventType" | "messageId" | "sequence"> {
  return {
    eventId: event.id,
    eventXact: event.xact,
    eventType: event.type,
    messageId: event.messageId,
    sequence,
  };
}
