import type { Clock, Logger, SecretBox } from "@waxwing/runtime";
import {
  type Database,
  disableWebhook,
  type LoggedEvent,
  type Webhook,
  type WebhookDelivery,
} from "@waxwing/store";
import type { PostResult, WebhookPoster } from "./webhook-post.ts";

/** An event that an endpoint is to be told, and how often that was tried. */
export interface WebhookTask {
  readonly event: LoggedEvent;
  readonly attempts: number;
}

/** What posting needs. */
export interface PostingOptions {
  readonly db: Database;
  readonly secretBox: SecretBox;
  readonly poster: WebhookPoster;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Waits before the retries; together 27 h, the last day's worth of which Standard Webhooks asks for. */
const RETRY_WAITS_MS = [5, 30, 120, 600, 1_800, 3_600, 10_800, 21_600, 28_800, 28_800].map(
  (seconds) => seconds * 1_000,
);

/** The first wait: how long what was not tried behind a failure is put off. */
export const FIRST_RETRY_MS = RETRY_WAITS_MS[0] ?? 0;

/** What becomes of a task that was posted: delivered, to be tried again, or after the last wait given up. */
export function settle(task: WebhookTask, result: PostResult, nowMs: number): WebhookDelivery {
  const attempts = task.attempts + 1;
  const { status, error, durationMs } = result;
  const settled = { ...about(task.event), attempts, status, error, durationMs };
  if (error === null) return { ...settled, state: "delivered", dueAtMs: null };
  const waitMs = RETRY_WAITS_MS[attempts - 1];
  if (status === GONE || waitMs === undefined) return { ...settled, state: "failed", dueAtMs: null };
  return { ...settled, state: "pending", dueAtMs: nowMs + waitMs };
}

/** Standard Webhooks: 410 Gone asks us to stop. */
const GONE = 410;

/** Stops a webhook whose endpoint said that it is gone. */
export async function stopIfGone(
  options: Pick<PostingOptions, "db" | "log">,
  webhook: Webhook,
  result: PostResult,
): Promise<void> {
  if (result.status !== GONE) return;
  await disableWebhook(options.db, webhook);
  options.log.warn({ event: "webhook.disabled", webhook: webhook.id, status: GONE });
}

/** A task that was not tried and waits until `dueAtMs`. */
export function putOff(task: WebhookTask, dueAtMs: number): WebhookDelivery {
  const untried = { status: null, error: null, durationMs: null };
  return { ...about(task.event), ...untried, attempts: task.attempts, state: "pending", dueAtMs };
}

function about(event: LoggedEvent): Pick<WebhookDelivery, "eventId" | "eventXact" | "messageId"> {
  return { eventId: event.id, eventXact: event.xact, messageId: event.messageId };
}
