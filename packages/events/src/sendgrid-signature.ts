import { createPublicKey, generateKeyPairSync, sign } from "node:crypto";

/** The key pair of a webhook in SendGrid's format: ECDSA on P-256. */
export interface WebhookSigningKey {
  /** PKCS#8 in PEM. To be sealed before it is stored, see {@link webhookSigningKeyContext}. */
  readonly privatePem: string;
  /** SPKI in DER, base64, as SendGrid shows it and `@sendgrid/eventwebhook` takes it. */
  readonly publicKey: string;
}

/** AAD of a sealed signing key. */
export const webhookSigningKeyContext = (webhookId: string): string => `webhook-signing-key:${webhookId}`;

/** Makes a key pair for a webhook in SendGrid's format. */
export function generateWebhookSigningKey(): WebhookSigningKey {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return {
    privatePem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    publicKey: createPublicKey(privateKey).export({ type: "spki", format: "der" }).toString("base64"),
  };
}

/**
 * Signs a body as SendGrid's "Signed Event Webhook" does: ECDSA with SHA-256 over the timestamp followed by the bytes of the
 * body, in DER, base64.
 *
 * @param options.nowMs Unix time in ms; the header holds seconds
 */
export function signSendGridWebhook(options: {
  readonly privatePem: string;
  readonly body: string;
  readonly nowMs: number;
}): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(options.nowMs / 1_000));
  const signature = sign("sha256", Buffer.from(timestamp + options.body), {
    key: options.privatePem,
    dsaEncoding: "der",
  });
  return {
    "x-twilio-email-event-webhook-signature": signature.toString("base64"),
    "x-twilio-email-event-webhook-timestamp": timestamp,
  };
}
