import { randomBytes } from "node:crypto";
import {
  generateWebhookSigningKey,
  WEBHOOK_SECRET_PREFIX,
  webhookSecretContext,
  webhookSigningKeyContext,
} from "@waxwing/events";
import type { LaneQueue } from "@waxwing/queue";
import { type Clock, type Logger, newId, type SecretBox } from "@waxwing/runtime";
import { type Actor, type Database, endOfEventLog, insertWebhook, type Webhook } from "@waxwing/store";

/** What a new webhook is to be. The URL has been read by `readWebhookUrl`. */
type NewWebhookSettings = Pick<Webhook, "url" | "format" | "eventTypes" | "name" | "enabled"> &
  Partial<Pick<Webhook, "retryHours" | "disableAfterHours">> & {
    /** Whether posts in SendGrid's format are signed; those in our own always are. */
    readonly signed: boolean;
  };

/**
 * Creates a webhook that is told of everything from now on, and wakes its lane.
 *
 * @returns the webhook with its Standard Webhooks secret in the clear; null when the project has {@link MAX_WEBHOOKS}
 */
export type CreateWebhook = (
  actor: Actor,
  settings: NewWebhookSettings,
) => Promise<{ readonly webhook: Webhook; readonly secret: string } | null>;

/** Webhooks of a project. Each costs a lane and a copy of every event. */
export const MAX_WEBHOOKS = 50;
/** Standard Webhooks: between 24 and 64 bytes. */
const SECRET_BYTES = 32;

/** What creating and changing webhooks needs. */
export interface WebhookDependencies {
  readonly db: Database;
  readonly webhookQueue: Pick<LaneQueue, "wake">;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
  readonly log: Logger;
}

export function createWebhookCreator(options: WebhookDependencies): CreateWebhook {
  const { db, webhookQueue, secretBox, clock, log } = options;
  return async (actor, { signed, ...settings }) => {
    const id = newId(clock.now());
    const secret = newSecret();
    const cursor = await endOfEventLog(db);
    const webhook = await insertWebhook(
      db,
      actor,
      {
        id,
        ...settings,
        ...(!settings.enabled && { disabledAt: new Date(clock.now()), disabledReason: "requested" }),
        sealedSecret: secretBox.seal(secret, webhookSecretContext(id)),
        ...(settings.format === "sendgrid" && signed && newSigningKey(secretBox, id)),
        cursorXact: cursor.xact,
        cursorId: cursor.id,
      },
      MAX_WEBHOOKS,
    );
    if (webhook === null) return null;
    // Events may have happened since the cursor was taken. Should this fail, the next event wakes it as well.
    webhookQueue
      .wake([id])
      .catch((err: unknown) => log.warn({ event: "webhook.wake-failed", webhookId: id, err }));
    return { webhook, secret };
  };
}

/** A secret for Standard Webhooks. */
export function newSecret(): string {
  return `${WEBHOOK_SECRET_PREFIX}${randomBytes(SECRET_BYTES).toString("base64")}`;
}

/** A key of its own for a webhook in SendGrid's format, as it is stored. */
export function newSigningKey(
  secretBox: SecretBox,
  webhookId: string,
): { readonly sealedSigningKey: string; readonly signingPublicKey: string } {
  const { privatePem, publicKey } = generateWebhookSigningKey();
  return {
    sealedSigningKey: secretBox.seal(privatePem, webhookSigningKeyContext(webhookId)),
    signingPublicKey: publicKey,
  };
}
