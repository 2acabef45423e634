import { randomBytes } from "node:crypto";
import { WEBHOOK_SECRET_PREFIX, webhookSecretContext } from "@waxwing/events";
import type { LaneQueue } from "@waxwing/queue";
import { type Clock, isId, type Logger, newId, type SecretBox } from "@waxwing/runtime";
import {
  type Database,
  deleteWebhook,
  endOfEventLog,
  findWebhook,
  insertWebhook,
  listWebhooks,
  type Webhook as StoredWebhook,
} from "@waxwing/store";
import { type Static, Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { callerOf } from "../guard.ts";
import { ProblemError } from "../problems.ts";
import { refusals } from "../schemas/problem.ts";
import { ref } from "../schemas/ref.ts";
import { NewWebhook, Webhook, WebhookList, WebhookRequest } from "../schemas/webhook.ts";
import { invalid } from "../validator.ts";
import { readWebhookUrl } from "../webhook-url.ts";

/** Each costs a lane and a copy of every event. */
const MAX_WEBHOOKS = 50;
/** Standard Webhooks: between 24 and 64 bytes. */
const SECRET_BYTES = 32;

/** `/webhooks`: who is told of the events. */
export function webhookRoutes(
  app: ApiInstance,
  options: {
    readonly db: Database;
    readonly webhookQueue: Pick<LaneQueue, "wake">;
    readonly secretBox: SecretBox;
    readonly clock: Clock;
    readonly log: Logger;
  },
): void {
  const { db, webhookQueue, secretBox, clock, log } = options;
  const tags = ["Webhooks"];
  const params = Type.Object({ id: Type.String() });

  const find = async (projectId: string, id: string): Promise<StoredWebhook> => {
    const webhook = isId(id) ? await findWebhook(db, projectId, id) : null;
    if (webhook === null) throw noSuchWebhook();
    return webhook;
  };

  app.route({
    method: "POST",
    url: "/webhooks",
    config: { scope: "webhooks:write" },
    schema: {
      operationId: "createWebhook",
      tags,
      summary: "Create a webhook",
      description:
        "It is told of everything that happens from now on. The answer shows its secret, this once.",
      body: WebhookRequest,
      response: {
        201: NewWebhook,
        ...refusals(
          "invalid-request",
          "malformed-body",
          "too-many-webhooks",
          "too-large",
          "unsupported-media-type",
        ),
      },
    },
    handler: async (request, reply) => {
      const { projectId } = callerOf(request);
      const url = readWebhookUrl(request.body.url);
      if (url.kind === "invalid") throw invalid([{ field: "url", message: url.reason }]);
      if ((await listWebhooks(db, projectId)).length >= MAX_WEBHOOKS) {
        throw new ProblemError("too-many-webhooks", `a project has at most ${MAX_WEBHOOKS} webhooks`);
      }
      const id = newId(clock.now());
      const secret = `${WEBHOOK_SECRET_PREFIX}${randomBytes(SECRET_BYTES).toString("base64")}`;
      const cursor = await endOfEventLog(db);
      const webhook = await insertWebhook(db, {
        id,
        projectId,
        url: url.href,
        eventTypes: [...new Set(request.body.events ?? [])],
        sealedSecret: secretBox.seal(secret, webhookSecretContext(id)),
        cursorXact: cursor.xact,
        cursorId: cursor.id,
      });
      // Events may have happened since the cursor was taken. Should this fail, the next event wakes it as well.
      webhookQueue
        .wake([id])
        .catch((err: unknown) => log.warn({ event: "webhook.wake-failed", webhookId: id, err }));
      reply.code(201).header("location", `/webhooks/${id}`);
      return { ...shownWebhook(webhook), secret };
    },
  });

  app.route({
    method: "GET",
    url: "/webhooks",
    config: { scope: "webhooks:read" },
    schema: {
      operationId: "listWebhooks",
      tags,
      summary: "List webhooks",
      response: { 200: WebhookList, ...refusals() },
    },
    handler: async (request) => ({
      webhooks: (await listWebhooks(db, callerOf(request).projectId)).map(shownWebhook),
    }),
  });

  app.route({
    method: "GET",
    url: "/webhooks/:id",
    config: { scope: "webhooks:read" },
    schema: {
      operationId: "getWebhook",
      tags,
      summary: "Read a webhook",
      params,
      response: { 200: ref(Webhook), ...refusals("not-found") },
    },
    handler: async (request) => shownWebhook(await find(callerOf(request).projectId, request.params.id)),
  });

  app.route({
    method: "DELETE",
    url: "/webhooks/:id",
    config: { scope: "webhooks:write" },
    schema: {
      operationId: "deleteWebhook",
      tags,
      summary: "Delete a webhook",
      description: "Events that it was not told of yet are not delivered to it any more.",
      params,
      response: { 204: Type.Null({ description: "Deleted." }), ...refusals("not-found") },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      if (!isId(id) || !(await deleteWebhook(db, callerOf(request).projectId, id))) throw noSuchWebhook();
      reply.code(204);
      return null;
    },
  });
}

function noSuchWebhook(): ProblemError {
  return new ProblemError("not-found", "this project has no webhook with this id");
}

function shownWebhook(webhook: StoredWebhook): Static<typeof Webhook> {
  return {
    id: webhook.id,
    url: webhook.url,
    events: webhook.eventTypes,
    enabled: webhook.enabled,
    created_at: webhook.createdAt.toISOString(),
  };
}
