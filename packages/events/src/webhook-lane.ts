import type { LaneQueue } from "@waxwing/queue";
import {
  disableWebhook,
  duePendingDeliveries,
  endReplay,
  hasHiddenEvents,
  type LoggedEvent,
  loadWebhook,
  messageStandings,
  nextPendingDeliveryAt,
  outageSinceMs,
  readEventLog,
  readReplay,
  recordWebhookDeliveries,
  type Webhook,
  type WebhookDelivery,
} from "@waxwing/store";
import { createEndpointHealth, type EndpointHealth } from "./endpoint-health.ts";
import { postInBatches } from "./post-in-batches.ts";
import { postOneByOne } from "./post-one-by-one.ts";
import { sendGridEventName } from "./sendgrid-event.ts";
import { type PostingOptions, putOff, type WebhookTask } from "./webhook-task.ts";

/**
 * A webhook's lane tells one endpoint the events of its project, from the log.
 *
 * Invariants:
 * - the cursor moves with the deliveries it covers, in one statement: every event behind it was delivered, failed for good, or
 *   has a pending row;
 * - the events of one message are posted one after the other in log order: while one is pending, later ones wait behind it;
 * - events of a message are numbered in log order, and a number once given stays: a gap is an event that did not arrive;
 * - an endpoint that is down is left alone, and the cursor stays: what waits is the log itself, not a copy of it.
 */
export interface WebhookLaneOptions extends PostingOptions {
  readonly lanes: LaneQueue;
}

/** Events read at once. In SendGrid's format they make one post. */
const PAGE = 500;
const SLICE_MS = 10_000;
/** Events hidden behind a transaction that is still running show as soon as it ends. */
const HIDDEN_EVENTS_MS = 50;
const HOUR_MS = 3_600_000;

/** Returns the function that drains the lane of a webhook. */
export function createWebhookLane(options: WebhookLaneOptions): (webhookId: string) => Promise<void> {
  const { db, lanes, clock, signal } = options;
  return async (webhookId) => {
    const sliceEndMs = clock.now() + SLICE_MS;
    let hidden = false;
    while (!signal.aborted) {
      const webhook = await loadWebhook(db, webhookId);
      if (webhook === null || !webhook.enabled) return;
      if (webhook.pausedUntil !== null && webhook.pausedUntil.getTime() > clock.now()) {
        await lanes.wakeAt(webhookId, webhook.pausedUntil.getTime());
        return;
      }
      // Asked before the log is read: an event that shows between the two must be read or have an alarm.
      hidden = await hasHiddenEvents(db, webhook.projectId);
      const health = createEndpointHealth(
        webhook,
        webhook.format === "sendgrid" ? { failuresInARow: 1 } : {},
      );
      const posted = await drainRound(options, webhook, health);
      await stopIfHopeless(options, webhook, health);
      if (health.isDown()) continue;
      if (!posted) break;
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

/** Posts what is due again, then what is new, then what is to be told once more: a page of each. Returns false when there was none. */
async function drainRound(
  options: WebhookLaneOptions,
  webhook: Webhook,
  health: EndpointHealth,
): Promise<boolean> {
  const { db } = options;
  const retries = await duePendingDeliveries(db, webhook, PAGE);
  if (retries.length > 0) {
    const deliveries = await postAll(options, webhook, health, retries);
    await recordWebhookDeliveries(db, webhook.id, { deliveries, standing: health.standing() });
  }
  const isNew = !health.isDown() && (await drainPage(options, webhook, health));
  const isReplay = !health.isDown() && (await drainReplay(options, webhook, health));
  return retries.length > 0 || isNew || isReplay;
}

/** Posts the next page of the log. Returns false at its end. */
async function drainPage(
  options: WebhookLaneOptions,
  webhook: Webhook,
  health: EndpointHealth,
): Promise<boolean> {
  const { db } = options;
  const after = { xact: webhook.cursorXact, id: webhook.cursorId };
  const events = await readEventLog(db, { projectId: webhook.projectId, after, limit: PAGE });
  const last = events.at(-1);
  if (last === undefined) return false;
  const wanted = events.filter((event) => wants(webhook, event));
  const deliveries = await tell(
    options,
    webhook,
    health,
    wanted.map((event) => ({ event, sequence: null })),
  );
  await recordWebhookDeliveries(db, webhook.id, { deliveries, standing: health.standing(), cursor: last });
  return true;
}

/** Posts the next page of a replay. Returns false when there is none, or no more of it. */
async function drainReplay(
  options: WebhookLaneOptions,
  webhook: Webhook,
  health: EndpointHealth,
): Promise<boolean> {
  const { db } = options;
  const { replay } = webhook;
  if (replay === null) return false;
  const page = await readReplay(db, webhook, replay, PAGE);
  const last = page.at(-1);
  if (last === undefined) {
    await endReplay(db, webhook.id, replay);
    return false;
  }
  const wanted = page.filter(({ event, isPending }) => !isPending && wants(webhook, event));
  const deliveries = await tell(options, webhook, health, wanted);
  await recordWebhookDeliveries(db, webhook.id, {
    deliveries,
    standing: health.standing(),
    replay: { of: replay, after: last.event },
  });
  return true;
}

/** Posts events for the first time, or anew. Those of messages that wait already wait behind them; those without a number get one. */
async function tell(
  options: WebhookLaneOptions,
  webhook: Webhook,
  health: EndpointHealth,
  events: readonly { readonly event: LoggedEvent; readonly sequence: number | null }[],
): Promise<readonly WebhookDelivery[]> {
  const messageIds = [...new Set(events.flatMap(({ event }) => event.messageId ?? []))];
  const standings = await messageStandings(options.db, webhook.id, messageIds);
  const lastSequences = new Map<string, number>();
  const free: WebhookTask[] = [];
  const waiting: WebhookDelivery[] = [];
  for (const { event, sequence: known } of events) {
    const { messageId } = event;
    const standing = messageId === null ? undefined : standings.get(messageId);
    let sequence = known;
    if (sequence === null && messageId !== null) {
      sequence = (lastSequences.get(messageId) ?? standing?.lastSequence ?? 0) + 1;
      lastSequences.set(messageId, sequence);
    }
    const task = { event, attempts: 0, sequence };
    if (standing == null || standing.pendingUntilMs === null) free.push(task);
    else waiting.push(putOff(task, standing.pendingUntilMs));
  }
  const posted = await postAll(options, webhook, health, free);
  return [...posted, ...waiting];
}

/** Disables a webhook whose endpoint said that it is gone, or has done nothing but fail for as long as its owner lets it. */
async function stopIfHopeless(
  options: WebhookLaneOptions,
  webhook: Webhook,
  health: EndpointHealth,
): Promise<void> {
  const { db, clock, log } = options;
  const failingMs = clock.now() - (outageSinceMs(webhook, clock.now()) ?? clock.now());
  const isFailing = health.standing().kind === "failing" && failingMs >= webhook.disableAfterHours * HOUR_MS;
  if (!health.isGone() && !isFailing) return;
  const reason = health.isGone() ? "gone" : "failing";
  await disableWebhook(db, webhook, reason);
  log.warn({ event: "webhook.disabled", webhook: webhook.id, project: webhook.projectId, reason });
}

/** A webhook in SendGrid's format names the events it wants as SendGrid does. */
function wants(webhook: Webhook, event: LoggedEvent): boolean {
  const name = webhook.format === "sendgrid" ? sendGridEventName(event) : event.type;
  return name !== null && (webhook.eventTypes.length === 0 || webhook.eventTypes.includes(name));
}

function postAll(
  options: WebhookLaneOptions,
  webhook: Webhook,
  health: EndpointHealth,
  tasks: readonly WebhookTask[],
): Promise<readonly WebhookDelivery[]> {
  switch (webhook.format) {
    case "waxwing":
      return postOneByOne(options, { webhook, health }, tasks);
    case "sendgrid":
      return postInBatches(options, { webhook, health }, tasks);
  }
}
