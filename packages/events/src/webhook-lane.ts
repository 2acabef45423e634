import type { LaneQueue } from "@waxwing/queue";
import { type Clock, idTimeMs, type Logger, type SecretBox } from "@waxwing/runtime";
import {
  type Database,
  disableWebhook,
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
import type { WebhookPoster } from "./webhook-post.ts";
import { signWebhook } from "./webhook-signature.ts";

/**
 * A webhook's lane tells one endpoint the events of its project, from the log.
 *
 * Invariants:
 * - the cursor moves with the deliveries it covers, in one statement: every event behind it was delivered, failed for good, or
 *   has a pending row;
 * - the events of one message are posted one after the other in log order: while one is pending, later ones wait behind it;
 * - an endpoint that is down is not hammered: after FAILURES_IN_A_ROW the rest of a page is put off untried.
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

/** AAD of a sealed webhook secret. */
export const webhookSecretContext = (webhookId: string): string => `webhook:${webhookId}`;

const PAGE = 100;
const CONCURRENCY = 16;
const FAILURES_IN_A_ROW = 3;
const SLICE_MS = 10_000;
/** Events hidden behind a transaction that is still running show as soon as it ends. */
const HIDDEN_EVENTS_MS = 50;
/** Waits before the retries; together 27 h, the last day's worth of which Standard Webhooks asks for. */
const RETRY_WAITS_MS = [5, 30, 120, 600, 1_800, 3_600, 10_800, 21_600, 28_800, 28_800].map(
  (seconds) => seconds * 1_000,
);

/** The JSON body of a webhook: the event as the feed shows it. */
export function webhookBody(event: LoggedEvent): string {
  return JSON.stringify({
    id: event.id,
    type: event.type,
    created_at: new Date(idTimeMs(event.id)).toISOString(),
    message_id: event.messageId,
    recipient_id:
      event.messageId === null || event.ordinal === null ? null : `${event.messageId}.${event.ordinal}`,
    data: event.payload,
  });
}

interface Task {
  readonly event: LoggedEvent;
  readonly attempts: number;
}

/** Returns the function that drains the lane of a webhook. */
export function createWebhookLane(options: WebhookLaneOptions): (webhookId: string) => Promise<void> {
  const { db, lanes, clock, signal } = options;
  return async (webhookId) => {
    const sliceEndMs = clock.now() + SLICE_MS;
    let hidden = false;
    while (!signal.aborted) {
      const webhook = await loadWebhook(db, webhookId);
      if (webhook === null || !webhook.enabled) return;
      const retries = await duePendingDeliveries(db, webhook, PAGE);
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
  const events = await readEventLog(db, { projectId: webhook.projectId, after, limit: PAGE });
  const last = events.at(-1);
  if (last === undefined) return false;
  const wanted = events.filter(
    (event) => webhook.eventTypes.length === 0 || webhook.eventTypes.includes(event.type),
  );
  const messageIds = [...new Set(wanted.flatMap((event) => event.messageId ?? []))];
  const blocked = await messagesWithPendingDeliveries(db, webhook.id, messageIds);
  const free: Task[] = [];
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

/** Posts tasks, those of one message in order, different messages side by side. */
async function postAll(
  options: WebhookLaneOptions,
  webhook: Webhook,
  tasks: readonly Task[],
): Promise<readonly WebhookDelivery[]> {
  const { clock, poster, secretBox, signal } = options;
  const secret = secretBox.open(webhook.sealedSecret, webhookSecretContext(webhook.id)).toString();
  const groups = [...groupByMessage(tasks).values()];
  const deliveries: WebhookDelivery[] = [];
  let failuresInARow = 0;

  const postOne = async (task: Task): Promise<WebhookDelivery> => {
    const body = webhookBody(task.event);
    const headers = signWebhook({ id: task.event.id, nowMs: clock.now(), body, secret });
    const result = await poster.post(webhook.url, { ...headers }, body);
    const attempts = task.attempts + 1;
    const settled = {
      ...about(task.event),
      attempts,
      status: result.status,
      error: result.error,
      durationMs: result.durationMs,
    };
    if (result.error === null) {
      failuresInARow = 0;
      return { ...settled, state: "delivered", dueAtMs: null };
    }
    failuresInARow++;
    if (result.status === 410) {
      // Standard Webhooks: 410 Gone asks us to stop.
      await disableWebhook(options.db, webhook.id);
      options.log.warn({ event: "webhook.disabled", webhook: webhook.id, status: 410 });
      return { ...settled, state: "failed", dueAtMs: null };
    }
    const waitMs = RETRY_WAITS_MS[attempts - 1];
    if (waitMs === undefined) return { ...settled, state: "failed", dueAtMs: null };
    return { ...settled, state: "pending", dueAtMs: clock.now() + waitMs };
  };

  const postGroup = async (group: readonly Task[]): Promise<void> => {
    let behindMs: number | null = null;
    for (const task of group) {
      if (behindMs !== null) {
        deliveries.push(putOff(task, behindMs));
      } else if (failuresInARow >= FAILURES_IN_A_ROW || signal.aborted) {
        behindMs = clock.now() + (RETRY_WAITS_MS[0] ?? 0);
        deliveries.push(putOff(task, behindMs));
      } else {
        const delivery = await postOne(task);
        deliveries.push(delivery);
        if (delivery.state === "pending") behindMs = delivery.dueAtMs;
      }
    }
  };

  const workers = Array.from({ length: Math.min(CONCURRENCY, groups.length) }, async () => {
    for (let group = groups.shift(); group !== undefined; group = groups.shift()) await postGroup(group);
  });
  await Promise.all(workers);
  return deliveries;
}

function groupByMessage(tasks: readonly Task[]): ReadonlyMap<string, readonly Task[]> {
  const groups = new Map<string, Task[]>();
  for (const task of tasks) {
    const key = task.event.messageId ?? task.event.id;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [task]);
    else group.push(task);
  }
  return groups;
}

function putOff(task: Task, dueAtMs: number): WebhookDelivery {
  const untried = { status: null, error: null, durationMs: null };
  return { ...about(task.event), ...untried, attempts: task.attempts, state: "pending", dueAtMs };
}

function about(event: LoggedEvent): Pick<WebhookDelivery, "eventId" | "eventXact" | "messageId"> {
  return { eventId: event.id, eventXact: event.xact, messageId: event.messageId };
}
