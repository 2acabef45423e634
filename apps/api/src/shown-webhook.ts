import { isId } from "@waxwing/runtime";
import { type Database, findWebhook, type Webhook as StoredWebhook } from "@waxwing/store";
import type { Static } from "typebox";
import { ProblemError } from "./problems.ts";
import type { Webhook } from "./schemas/webhook.ts";

/** A webhook as the API shows it: without its secrets. */
export function shownWebhook(webhook: StoredWebhook): Static<typeof Webhook> {
  return {
    id: webhook.id,
    url: webhook.url,
    format: webhook.format,
    name: webhook.name,
    events: webhook.eventTypes,
    enabled: webhook.enabled,
    disabled_at: webhook.disabledAt?.toISOString() ?? null,
    disabled_reason: webhook.disabledReason,
    failing_since: webhook.failingSince?.toISOString() ?? null,
    retry_hours: webhook.retryHours,
    disable_after_hours: webhook.disableAfterHours,
    previous_secret_until: webhook.previousSecretUntil?.toISOString() ?? null,
    replaying: webhook.replay !== null,
    public_key: webhook.signingPublicKey,
    created_at: webhook.createdAt.toISOString(),
  };
}

/** Finds a webhook of a project. @throws ProblemError `not-found`. */
export async function webhookOf(db: Database, projectId: string, id: string): Promise<StoredWebhook> {
  const webhook = isId(id) ? await findWebhook(db, projectId, id) : null;
  if (webhook === null) throw noSuchWebhook();
  return webhook;
}

export function noSuchWebhook(): ProblemError {
  return new ProblemError("not-found", "this project has no webhook with this id");
}
