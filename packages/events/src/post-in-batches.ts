import { compareLogPositions, loadMessageContexts, type Webhook, type WebhookDelivery } from "@waxwing/store";
import { sendGridEvent } from "./sendgrid-event.ts";
import { signSendGridWebhook, webhookSigningKeyContext } from "./sendgrid-signature.ts";
import type { PostResult, WebhookPoster } from "./webhook-post.ts";
import {
  FIRST_RETRY_MS,
  type PostingOptions,
  type PostingRound,
  putOff,
  settle,
  type WebhookTask,
} from "./webhook-task.ts";

/** SendGrid flushes at 768 KB; an event of more than that goes alone. */
const MAX_BODY_CHARS = 768 * 1024;

/**
 * Joins events into the body of SendGrid's Event Webhook: one event per line, CRLF between them and at the end, as its own
 * verifier's examples have it. What is signed is this text, so it must be sent as it is.
 *
 * @param events JSON of each event
 */
export function sendGridBody(events: readonly string[]): string {
  return `[${events.join(",\r\n")}]\r\n`;
}

/**
 * Posts one body in SendGrid's format.
 *
 * @param privatePem PKCS#8 key to sign with; null: unsigned
 */
export function postSendGridBody(
  poster: WebhookPoster,
  post: {
    readonly url: string;
    readonly body: string;
    readonly privatePem: string | null;
    readonly nowMs: number;
  },
): Promise<PostResult> {
  const { url, body, privatePem, nowMs } = post;
  return poster.post(url, privatePem === null ? {} : signSendGridWebhook({ privatePem, body, nowMs }), body);
}

/**
 * SendGrid's format: many events in one post, in the order of the log, one post after the other. A post that fails holds up its own
 * events and, untried, those of the posts after it: an endpoint that is down is asked once a page.
 */
export async function postInBatches(
  options: PostingOptions,
  round: PostingRound,
  tasks: readonly WebhookTask[],
): Promise<readonly WebhookDelivery[]> {
  const { db, clock, poster, signal } = options;
  const { webhook, health } = round;
  if (tasks.length === 0) return [];
  const messageIds = [...new Set(tasks.flatMap(({ event }) => event.messageId ?? []))];
  const contexts = await loadMessageContexts(db, webhook.projectId, messageIds);
  const inOrder = tasks.toSorted((a, b) => compareLogPositions(a.event, b.event));
  const rendered = inOrder.map((task) => ({
    task,
    json: JSON.stringify({
      ...sendGridEvent(task.event, contexts.get(task.event.messageId ?? "")),
      // SendGrid has no such field, and its programs leave alone what they do not know.
      ...(task.sequence !== null && { waxwing_sequence: task.sequence }),
    }),
  }));
  const privatePem = openSigningKey(options, webhook);
  const deliveries: WebhookDelivery[] = [];
  /** Messages that wait, and until when: their later events must not overtake. */
  const waiting = new Map<string, number>();
  const behind = (delivery: WebhookDelivery): WebhookDelivery => {
    const { messageId, dueAtMs } = delivery;
    if (messageId === null || dueAtMs === null) return delivery;
    const notBeforeMs = Math.max(dueAtMs, waiting.get(messageId) ?? 0);
    waiting.set(messageId, notBeforeMs);
    return { ...delivery, dueAtMs: notBeforeMs };
  };
  for (const batch of inBatches(rendered)) {
    if (health.isDown() || signal.aborted) {
      const dueAtMs = health.pausedUntilMs() ?? clock.now() + FIRST_RETRY_MS;
      deliveries.push(...batch.map(({ task }) => behind(putOff(task, dueAtMs))));
      continue;
    }
    const body = sendGridBody(batch.map(({ json }) => json));
    const atMs = clock.now();
    const result = await postSendGridBody(poster, { url: webhook.url, body, privatePem, nowMs: atMs });
    const nowMs = clock.now();
    health.heard(result, nowMs);
    const post = { result, atMs, nowMs, events: batch.length };
    deliveries.push(...batch.map(({ task }) => behind(settle(webhook, task, post))));
  }
  return deliveries;
}

function openSigningKey(options: PostingOptions, webhook: Webhook): string | null {
  if (webhook.sealedSigningKey === null) return null;
  return options.secretBox.open(webhook.sealedSigningKey, webhookSigningKeyContext(webhook.id)).toString();
}

function* inBatches<Item extends { readonly json: string }>(items: readonly Item[]): Generator<Item[]> {
  let batch: Item[] = [];
  let chars = 0;
  for (const item of items) {
    if (batch.length > 0 && chars + item.json.length > MAX_BODY_CHARS) {
      yield batch;
      batch = [];
      chars = 0;
    }
    batch.push(item);
    chars += item.json.length;
  }
  if (batch.length > 0) yield batch;
}
