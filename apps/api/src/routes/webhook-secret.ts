import { webhookSecretContext } from "@waxwing/events";
import { rotateWebhookSecret, updateWebhook } from "@waxwing/store";
import { Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { newSecret, newSigningKey, type WebhookDependencies } from "../create-webhook.ts";
import { actorOf, callerOf } from "../guard.ts";
import { refusals } from "../schemas/problem.ts";
import { NewWebhook, SecretRotation } from "../schemas/webhook.ts";
import { noSuchWebhook, shownWebhook, webhookOf } from "../shown-webhook.ts";

const HOUR_MS = 3_600_000;
const DEFAULT_OVERLAP_HOURS = 24;

/** `POST /webhooks/:id/rotate-secret`. */
export function webhookSecretRoutes(
  app: ApiInstance,
  options: Pick<WebhookDependencies, "db" | "secretBox" | "clock">,
): void {
  const { db, secretBox, clock } = options;
  app.route({
    method: "POST",
    url: "/webhooks/:id/rotate-secret",
    config: { scope: "webhooks:write" },
    schema: {
      operationId: "rotateWebhookSecret",
      tags: ["Webhooks"],
      summary: "Replace a webhook's secret",
      description:
        "The answer shows the new secret, this once. Until the overlap ends posts carry two signatures, one of each secret, and a receiver that knows either of them takes the post. A secret that was replaced before is dropped. In the format `sendgrid`, whose signature has no room for a second, the key is replaced at once.",
      params: Type.Object({ id: Type.String() }),
      body: SecretRotation,
      response: {
        200: NewWebhook,
        ...refusals("invalid-request", "malformed-body", "not-found", "too-large", "unsupported-media-type"),
      },
    },
    handler: async (request) => {
      const { id } = request.params;
      const { format } = await webhookOf(db, callerOf(request).projectId, id);
      if (format === "sendgrid") {
        const changed = await updateWebhook(db, actorOf(request), id, newSigningKey(secretBox, id));
        if (changed === null) throw noSuchWebhook();
        return shownWebhook(changed);
      }
      const { overlap_hours: hours = DEFAULT_OVERLAP_HOURS } = request.body;
      const secret = newSecret();
      const changed = await rotateWebhookSecret(db, actorOf(request), id, {
        sealed: secretBox.seal(secret, webhookSecretContext(id)),
        previousUntil: hours === 0 ? null : new Date(clock.now() + hours * HOUR_MS),
      });
      if (changed === null) throw noSuchWebhook();
      return { ...shownWebhook(changed), secret };
    },
  });
}
