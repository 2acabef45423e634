import { createHmac, createSecretKey, type KeyObject } from "node:crypto";

/** The headers of a signed webhook (Standard Webhooks specification 1.0, "Webhook headers"). */
export interface WebhookHeaders {
  readonly "webhook-id": string;
  /** Unix seconds. */
  readonly "webhook-timestamp": string;
  /** One signature for each secret, separated by spaces. */
  readonly "webhook-signature": string;
}

/** How a secret is shown: this prefix and base64 of 24 to 64 octets. */
export const WEBHOOK_SECRET_PREFIX = "whsec_";

/** The key that a secret is. Made once for many signatures: from octets each of them takes 15 us instead of 3. */
export function webhookKey(secret: string): KeyObject {
  return createSecretKey(Buffer.from(secret.slice(WEBHOOK_SECRET_PREFIX.length), "base64"));
}

/**
 * Signs a webhook body: HMAC-SHA-256 over `<id>.<timestamp>.<body>`, base64, marked `v1`. The id is the event's, the same in
 * every retry, so that receivers can tell repetitions. With several secrets there are as many signatures, so that a secret can be
 * replaced without a moment in which posts are refused.
 *
 * @param keys what {@link webhookKey} makes of `whsec_...`, the newest first
 */
export function signWebhook(options: {
  readonly id: string;
  readonly nowMs: number;
  readonly body: string | Buffer;
  readonly keys: readonly KeyObject[];
}): WebhookHeaders {
  const { id, nowMs, body, keys } = options;
  const timestamp = String(Math.floor(nowMs / 1000));
  const signatures = keys.map(
    (key) => `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64")}`,
  );
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}
