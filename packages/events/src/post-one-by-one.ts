import { idTimeMs, type SecretBox } from "@waxwing/runtime";
import type { LoggedEvent, Webhook, WebhookDelivery } from "@waxwing/store";
import { signWebhook } from "./webhook-signature.ts";
import {
  FIRST_RETRY_MS,
  type PostingOptions,
  putOff,
  settle,
  stopIfGone,
  type WebhookTask,
} from "./webhook-task.ts";

const CONCURRENCY = 16;
const FAILURES_IN_A_ROW = 3;

/** AAD of a sealed webhook secret. */
export const webhookSecretContext = (webhookId: string): string => `webhook:${webhookId}`;

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

/**
 * Waxwing's own format: a post per event, signed by the Standard Webhooks scheme. Those of one message go in order, different
 * messages side by side.
 */
export async function postOneByOne(
  options: PostingOptions,
  webhook: Webhook,
  tasks: readonly WebhookTask[],
): Promise<readonly WebhookDelivery[]> {
  const { clock, poster, signal } = options;
  const secret = openSecret(options.secretBox, webhook);
  const groups = [...groupByMessage(tasks).values()];
  const deliveries: WebhookDelivery[] = [];
  let failuresInARow = 0;

  const postOne = async (task: WebhookTask): Promise<WebhookDelivery> => {
    const body = webhookBody(task.event);
    const headers = signWebhook({ id: task.event.id, nowMs: clock.now(), body, secret });
    const result = await poster.post(webhook.url, { ...headers }, body);
    if (result.error === null) failuresInARow = 0;
    else failuresInARow++;
    await stopIfGone(options, webhook, result);
    return settle(task, result, clock.now());
  };

  const postGroup = async (group: readonly WebhookTask[]): Promise<void> => {
    let behindMs: number | null = null;
    for (const task of group) {
      if (behindMs !== null) {
        deliveries.push(putOff(task, behindMs));
      } else if (failuresInARow >= FAILURES_IN_A_ROW || signal.aborted) {
        behindMs = clock.now() + FIRST_RETRY_MS;
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

function openSecret(secretBox: SecretBox, webhook: Webhook): string {
  return secretBox.open(webhook.sealedSecret, webhookSecretContext(webhook.id)).toString();
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
