import { createHmac } from "node:crypto";

/** The headers of a signed webhook (Standard Webhooks specification 1.0, "Webhook headers"). */
export interface WebhookHeaders {
  readonly "webhook-id": string;
  /** Unix seconds. */
  readonly "webhook-timestamp": string;
  readonly "webhook-signature": string;
}

/** How a secret is shown: this prefix and base64 of 24 to 64 octets. */
export const WEBHOOK_SECRET_PREFIX = "whsec_";

/**
 * Signs a webhook body: HMAC-SHA-256 over `<id>.<timestamp>.<body>`, base64, marked `v1`. The id is the event's, the same in
 * every retry, so that receivers can tell repetitions.
 *
 * @param secret `whsec_` and base64
 */
export function signWebhook(options: {
  readonly id: string;
  readonly nowMs: number;
  readonly body: string | Buffer;
  readonly secret: string;
}): WebhookHeaders {
  const { id, nowMs, body, secret } = options;
  const timestamp = String(Math.floor(nowMs / 1000));
  const key = Buffer.from(secret.slice(WEBHOOK_SECRET_PREFIX.length), "base64");
  const mac = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${mac}` };
}
