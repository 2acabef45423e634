import type { KeyObject } from "node:crypto";
import { idTimeMs, type SecretBox } from "@waxwing/runtime";
import type { LoggedEvent, Webhook, WebhookDelivery } from "@waxwing/store";
import { signWebhook, webhookKey } from "./webhook-signature.ts";
import {
  FIRST_RETRY_MS,
  type PostingOptions,
  type PostingRound,
  putOff,
  settle,
  type WebhookTask,
} from "./webhook-task.ts";

/** AAD of a sealed webhook secret. */
export const webhookSecretContext = (webhookId: string): string => `webhook:${webhookId}`;

/** The JSON body of a webhook: the event as the feed shows it, and its number among those of its message. */
export function webhookBody(event: LoggedEvent, sequence: number | null): string {
  return JSON.stringify({
    id: event.id,
    type: event.type,
    created_at: new Date(idTimeMs(event.id)).toISOString(),
    message_id: event.messageId,
    recipient_id:
      event.messageId === null || event.ordinal === null ? null : `${event.messageId}.${event.ordinal}`,
    sequence,
    data: event.payload,
  });
}

/**
 * Waxwing's own format: a post per event, signed by the Standard Webhooks scheme. Those of one message go in order, different
 * messages side by side.
 */
export async function postOneByOne(
  options: PostingOptions,
  round: PostingRound,
  tasks: readonly WebhookTask[],
): Promise<readonly WebhookDelivery[]> {
  const { clock, poster, signal } = options;
  const { webhook, health } = round;
  const keys = openKeys(options.secretBox, webhook, clock.now());
  const groups = [...groupByMessage(tasks).values()];
  const deliveries: WebhookDelivery[] = [];
  let next = 0;

  const postOne = async (task: WebhookTask): Promise<WebhookDelivery> => {
    const body = webhookBody(task.event, task.sequence);
    const atMs = clock.now();
    const headers = signWebhook({ id: task.event.id, nowMs: atMs, body, keys });
    const result = await poster.post(webhook.url, { ...headers }, body);
    const nowMs = clock.now();
    health.heard(result, nowMs);
    return settle(webhook, task, { result, atMs, nowMs, events: 1 });
  };

  const postGroup = async (group: readonly WebhookTask[]): Promise<void> => {
    let behindMs: number | null = null;
    for (const task of group) {
      if (behindMs !== null) {
        deliveries.push(putOff(task, behindMs));
      } else if (health.isDown() || signal.aborted) {
        behindMs = health.pausedUntilMs() ?? clock.now() + FIRST_RETRY_MS;
        deliveries.push(putOff(task, behindMs));
      } else {
        const delivery = await postOne(task);
        deliveries.push(delivery);
        if (delivery.state === "pending") behindMs = delivery.dueAtMs;
      }
    }
  };

  const work = async (): Promise<void> => {
    for (let group = groups[next++]; group !== undefined; group = groups[next++]) await postGroup(group);
  };
  // A few messages, or one where the endpoint failed last, show how it does; only when that goes well it gets many at once.
  const first = groups.slice(0, health.concurrency());
  next = first.length;
  await Promise.all(first.map(postGroup));
  await Promise.all(Array.from({ length: Math.min(health.concurrency(), groups.length) }, work));
  return deliveries;
}

/** The keys that are valid now, the newest first. */
function openKeys(secretBox: SecretBox, webhook: Webhook, nowMs: number): readonly KeyObject[] {
  const { sealedSecret, previousSealedSecret, previousSecretUntil } = webhook;
  const open = (sealed: string): KeyObject =>
    webhookKey(secretBox.open(sealed, webhookSecretContext(webhook.id)).toString());
  const isPreviousValid = previousSecretUntil !== null && previousSecretUntil.getTime() > nowMs;
  return previousSealedSecret !== null && isPreviousValid
    ? [open(sealedSecret), open(previousSealedSecret)]
    : [open(sealedSecret)];
}

function groupByMessage(tasks: readonly WebhookTask[]): ReadonlyMap<string, readonly WebhookTask[]> {
  const groups = new Map<string, WebhookTask[]>();
  for (const task of tasks) {
    const key = task.event.messageId ?? task.event.id;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [task]);
    else group.push(task);
  }
  return groups;
}
