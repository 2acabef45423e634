import { EVENT_TYPES, SENDGRID_EVENTS } from "@waxwing/events";
import { isId } from "@waxwing/runtime";
import { deleteWebhook, listWebhooks, type Webhook as StoredWebhook, updateWebhook } from "@waxwing/store";
import { Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { createWebhookCreator, MAX_WEBHOOKS, type WebhookDependencies } from "../create-webhook.ts";
import { actorOf, callerOf } from "../guard.ts";
import { type FieldProblem, ProblemError } from "../problems.ts";
import { refusals } from "../schemas/problem.ts";
import { ref } from "../schemas/ref.ts";
import { NewWebhook, Webhook, WebhookList, WebhookPatch, WebhookRequest } from "../schemas/webhook.ts";
import { noSuchWebhook, shownWebhook, webhookOf } from "../shown-webhook.ts";
import { invalid } from "../validator.ts";
import { readWebhookUrl } from "../webhook-url.ts";

/** `/webhooks`: who is told of the events. */
export function webhookRoutes(app: ApiInstance, options: WebhookDependencies): void {
  const { db } = options;
  const create = createWebhookCreator(options);
  const tags = ["Webhooks"];
  const params = Type.Object({ id: Type.String() });

  app.route({
    method: "POST",
    url: "/webhooks",
    config: { scope: "webhooks:write" },
    schema: {
      operationId: "createWebhook",
      tags,
      summary: "Create a webhook",
      description:
        "It is told of everything that happens from now on. The answer shows its secret, this once. The format `sendgrid` is that of SendGrid's Event Webhook: arrays of events, signed by a key whose public half is `public_key`; `events` are then SendGrid's names.",
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
      const { format = "waxwing", name = null, events = [] } = request.body;
      const settings = readSettings({ ...request.body, events }, format);
      const created = await create(actorOf(request), {
        url: settings.url ?? "",
        eventTypes: settings.eventTypes ?? [],
        format,
        name,
        enabled: true,
        signed: true,
        ...readHours(request.body),
      });
      if (created === null)
        throw new ProblemError("too-many-webhooks", `a project has at most ${MAX_WEBHOOKS} webhooks`);
      reply.code(201).header("location", `/webhooks/${created.webhook.id}`);
      return {
        ...shownWebhook(created.webhook),
        ...(format === "waxwing" && { secret: created.secret }),
      };
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
    handler: async (request) =>
      shownWebhook(await webhookOf(db, callerOf(request).projectId, request.params.id)),
  });

  app.route({
    method: "PATCH",
    url: "/webhooks/:id",
    config: { scope: "webhooks:write" },
    schema: {
      operationId: "updateWebhook",
      tags,
      summary: "Change a webhook",
      description:
        "What is absent stays. A webhook that is enabled again goes on where it stopped: it is told all that happened meanwhile. Its format stays: make another webhook for another format.",
      params,
      body: WebhookPatch,
      response: {
        200: ref(Webhook),
        ...refusals("invalid-request", "malformed-body", "not-found", "too-large", "unsupported-media-type"),
      },
    },
    handler: async (request) => {
      const { format } = await webhookOf(db, callerOf(request).projectId, request.params.id);
      const { name, enabled } = request.body;
      const changed = await updateWebhook(db, actorOf(request), request.params.id, {
        ...readSettings(request.body, format),
        ...(name !== undefined && { name }),
        ...(enabled !== undefined && { enabled }),
        ...readHours(request.body),
      });
      if (changed === null) throw noSuchWebhook();
      // Enabled again, it has events to tell. Should this fail, the next event or the sweeper wakes it.
      options.webhookQueue
        .wake([changed.id])
        .catch((err: unknown) =>
          options.log.warn({ event: "webhook.wake-failed", webhookId: changed.id, err }),
        );
      return shownWebhook(changed);
    },
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
      if (!isId(id) || !(await deleteWebhook(db, actorOf(request), id))) throw noSuchWebhook();
      reply.code(204);
      return null;
    },
  });
}

function readHours(body: { readonly retry_hours?: number; readonly disable_after_hours?: number }) {
  const { retry_hours: retryHours, disable_after_hours: disableAfterHours } = body;
  return {
    ...(retryHours !== undefined && { retryHours }),
    ...(disableAfterHours !== undefined && { disableAfterHours }),
  };
}

/** @throws ProblemError naming every field that is wrong. */
function readSettings(
  body: { readonly url?: string; readonly events?: readonly string[]; readonly name?: string | null },
  format: StoredWebhook["format"],
): { readonly url?: string; readonly eventTypes?: string[] } {
  const errors: FieldProblem[] = [];
  const url = body.url === undefined ? undefined : readWebhookUrl(body.url);
  if (url?.kind === "invalid") errors.push({ field: "url", message: url.reason });
  const known: readonly string[] = format === "sendgrid" ? SENDGRID_EVENTS : EVENT_TYPES;
  for (const [index, event] of (body.events ?? []).entries()) {
    if (known.includes(event)) continue;
    errors.push({
      field: `events[${index}]`,
      message: `is no event of the format ${format}: ${known.join(", ")}`,
    });
  }
  if (body.name != null && (/\p{Cc}/u.test(body.name) || !body.name.isWellFormed()))
    errors.push({ field: "name", message: "contains what is not text" });
  if (errors.length > 0) throw invalid(errors);
  return {
    ...(url?.kind === "url" && { url: url.href }),
    ...(body.events !== undefined && { eventTypes: [...new Set(body.events)] }),
  };
}
