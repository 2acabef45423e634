import type { LaneQueue } from "@waxwing/queue";
import type { Clock, Logger, SecretBox } from "@waxwing/runtime";
import {
  type Database,
  duePendingDeliveries,
  hasHiddenEvents,
  type LoggedEvent,
  type LogPosition,
  loadWebhook,
  messagesWithPendingDeliveries,
  nextPendingDeliveryAt,
  readEventLog,
  recordWebhookDeliveries,
  type Webhook,
  type WebhookDelivery,
} from "@waxwing/store";
import { postInBatches } from "./post-in-batches.ts";
import { postOneByOne } from "./post-one-by-one.ts";
import { sendGridEventName } from "./sendgrid-event.ts";
import type { WebhookPoster } from "./webhook-post.ts";
import { putOff, type WebhookTask } from "./webhook-task.ts";

/**
 * A webhook's lane tells one endpoint the events of its project, from the log.
 *
 * Invariants:
 * - the cursor moves with the deliveries it covers, in one statement: every event behind it was delivered, failed for good, or
 *   has a pending row;
 * - the events of one message are posted one after the other in log order: while one is pending, later ones wait behind it;
 * - an endpoint that is down is not hammered: after a few failures in a row the rest of a page is put off untried.
 */
export interface WebhookLaneOptions {
  readonly db: Database;
  readonly lanes: LaneQueue;
  readonly secretBox: SecretBox;
  readonly poster: WebhookPoster;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Events read at once, by format: SendGrid's makes one post of them. */
const PAGE = { waxwing: 100, sendgrid: 500 } as const satisfies Record<Webhook["format"], number>;
const SLICE_MS = 10_000;
/** Events hidden behind a transaction that is still running show as soon as it ends. */
const HIDDEN_EVENTS_MS = 50;

/** Returns the function that drains the lane of a webhook. */
export function createWebhookLane(options: WebhookLaneOptions): (webhookId: string) => Promise<void> {
  const { db, lanes, clock, signal } = options;
  return async (webhookId) => {
    const sliceEndMs = clock.now() + SLICE_MS;
    let hidden = false;
    while (!signal.aborted) {
      const webhook = await loadWebhook(db, webhookId);
      if (webhook === null || !webhook.enabled) return;
      const retries = await duePendingDeliveries(db, webhook, PAGE[webhook.format]);
      if (retries.length > 0)
        await recordWebhookDeliveries(db, webhookId, await postAll(options, webhook, retries), null);
      // Asked before the page is read: an event that shows between the two must be read or have an alarm.
      hidden = await hasHiddenEvents(db, webhook.projectId);
      const moved = await drainPage(options, webhook);
      if (!moved && retries.length === 0) break;
      if (clock.now() >= sliceEndMs) {
        await lanes.wake([webhookId]);
        return;
      }
    }
    const webhook = await loadWebhook(db, webhookId);
    if (webhook === null || !webhook.enabled) return;
    const due = await nextPendingDeliveryAt(db, webhookId);
    const shownAtMs = hidden ? clock.now() + HIDDEN_EVENTS_MS : Number.POSITIVE_INFINITY;
    const atMs = Math.min(due?.getTime() ?? Number.POSITIVE_INFINITY, shownAtMs);
    if (Number.isFinite(atMs)) await lanes.wakeAt(webhookId, atMs);
  };
}

/** Posts the next page of the log. Returns false at its end. */
async function drainPage(options: WebhookLaneOptions, webhook: Webhook): Promise<boolean> {
  const { db } = options;
  const after: LogPosition = { xact: webhook.cursorXact, id: webhook.cursorId };
  const events = await readEventLog(db, { projectId: webhook.projectId, after, limit: PAGE[webhook.format] });
  const last = events.at(-1);
  if (last === undefined) return false;
  const wanted = events.filter((event) => wants(webhook, event));
  const messageIds = [...new Set(wanted.flatMap((event) => event.messageId ?? []))];
  const blocked = await messagesWithPendingDeliveries(db, webhook.id, messageIds);
  const free: WebhookTask[] = [];
  const waiting: WebhookDelivery[] = [];
  for (const event of wanted) {
    const behindMs = event.messageId === null ? undefined : blocked.get(event.messageId);
    if (behindMs === undefined) free.push({ event, attempts: 0 });
    else waiting.push(putOff({ event, attempts: 0 }, behindMs));
  }
  const posted = await postAll(options, webhook, free);
  await recordWebhookDeliveries(db, webhook.id, [...posted, ...waiting], last);
  return true;
}

/** A webhook in SendGrid's format names the events it wants as SendGrid does. */
function wants(webhook: Webhook, event: LoggedEvent): boolean {
  const name = webhook.format === "sendgrid" ? sendGridEventName(event) : event.type;
  return name !== null && (webhook.eventTypes.length === 0 || webhook.eventTypes.includes(name));
}

function postAll(
  options: WebhookLaneOptions,
  webhook: Webhook,
  tasks: readonly WebhookTask[],
): Promise<readonly WebhookDelivery[]> {
  switch (webhook.format) {
    case "waxwing":
      return postOneByOne(options, webhook, tasks);
    case "sendgrid":
      return postInBatches(options, webhook, tasks);
  }
}
