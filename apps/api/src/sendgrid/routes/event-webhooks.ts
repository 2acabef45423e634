import {
  postSendGridBody,
  sendGridBody,
  sendGridExamples,
  type WebhookPoster,
  webhookSigningKeyContext,
} from "@waxwing/events";
import { type Actor, deleteWebhook, listWebhooks, updateWebhook, type Webhook } from "@waxwing/store";
import type { FastifyRequest } from "fastify";
import { type Static, Type } from "typebox";
import {
  createWebhookCreator,
  MAX_WEBHOOKS,
  newSigningKey,
  type WebhookDependencies,
} from "../../create-webhook.ts";
import { actorOf, callerOf } from "../../guard.ts";
import type { SendgridInstance } from "../dialect.ts";
import { notFound, sendgridError } from "../errors.ts";
import {
  EventWebhookRequest,
  EventWebhookTest,
  readTestUrl,
  readWebhookSettings,
  shownSettings,
  WEBHOOK_MESSAGES,
} from "../webhook-settings.ts";

/** What the routes of event webhooks work with. */
export interface EventWebhookDependencies extends WebhookDependencies {
  /** Sends tests, with the care for internal addresses that webhooks take. */
  readonly webhookPoster: WebhookPoster;
}

const SETTINGS = "/user/webhooks/event/settings";
const read = { scope: "webhooks:read", sendgridScope: "user.webhooks.event.settings.read" } as const;
const write = (action: "create" | "update" | "delete") =>
  ({ scope: "webhooks:write", sendgridScope: `user.webhooks.event.settings.${action}` }) as const;

/**
 * `/v3/user/webhooks/event`: SendGrid's event webhooks, which are those of ours that speak its format. Without an id the oldest is
 * meant, as for programs from the time when there was only one.
 */
export function eventWebhookRoutes(app: SendgridInstance, options: EventWebhookDependencies): void {
  const { db } = options;
  const create = createWebhookCreator(options);
  const params = Type.Object({ id: Type.String() });

  const list = async (request: FastifyRequest): Promise<readonly Webhook[]> => {
    const webhooks = await listWebhooks(db, callerOf(request).projectId);
    return webhooks.filter((webhook) => webhook.format === "sendgrid");
  };
  const oldest = async (request: FastifyRequest): Promise<Webhook | null> => (await list(request))[0] ?? null;
  const find = async (request: FastifyRequest, id: string): Promise<Webhook> => {
    const webhook = (await list(request)).find((candidate) => candidate.id === id);
    if (webhook === undefined) throw notFound(WEBHOOK_MESSAGES.invalidId);
    return webhook;
  };
  const known = async (request: FastifyRequest): Promise<Webhook> => {
    const webhook = await oldest(request);
    if (webhook === null) throw notFound(WEBHOOK_MESSAGES.invalidId);
    return webhook;
  };

  const make = async (
    request: FastifyRequest,
    body: Static<typeof EventWebhookRequest>,
  ): Promise<Webhook> => {
    const { url, name = null, enabled = true, eventTypes = [] } = readWebhookSettings(body, null);
    if (url === undefined) throw sendgridError("url", WEBHOOK_MESSAGES.badUrl(""));
    if ((await list(request)).some((webhook) => webhook.url === url))
      throw sendgridError("url", WEBHOOK_MESSAGES.exists(url));
    const created = await create(actorOf(request), {
      url,
      format: "sendgrid",
      name,
      enabled,
      eventTypes,
      signed: false,
    });
    if (created === null) throw sendgridError(null, WEBHOOK_MESSAGES.tooMany);
    return created.webhook;
  };
  const change = async (
    request: FastifyRequest,
    webhook: Webhook,
    body: Static<typeof EventWebhookRequest>,
  ): Promise<Webhook> => changed(actorOf(request), webhook.id, readWebhookSettings(body, webhook));
  const changed = async (
    actor: Actor,
    id: string,
    settings: Parameters<typeof updateWebhook>[3],
  ): Promise<Webhook> => {
    const webhook = await updateWebhook(db, actor, id, settings);
    if (webhook === null) throw notFound(WEBHOOK_MESSAGES.invalidId);
    // Enabled again, it has events to tell. Should this fail, the next event or the sweeper wakes it.
    options.webhookQueue
      .wake([id])
      .catch((err: unknown) => options.log.warn({ event: "webhook.wake-failed", webhookId: id, err }));
    return webhook;
  };
  const toggleSigning = async (request: FastifyRequest, webhook: Webhook, enabled: boolean) => {
    const off = { sealedSigningKey: null, signingPublicKey: null };
    const isOn = webhook.signingPublicKey !== null;
    const now =
      enabled === isOn
        ? webhook
        : await changed(
            actorOf(request),
            webhook.id,
            enabled ? newSigningKey(options.secretBox, webhook.id) : off,
          );
    return shownKey(now);
  };

  app.route({
    method: "GET",
    url: SETTINGS,
    config: read,
    handler: async (request) => shownSettings(await oldest(request)),
  });

  app.route({
    method: "PATCH",
    url: SETTINGS,
    config: write("update"),
    schema: { body: EventWebhookRequest },
    handler: async (request) => {
      const webhook = await oldest(request);
      return shownSettings(
        webhook === null ? await make(request, request.body) : await change(request, webhook, request.body),
      );
    },
  });

  app.route({
    method: "POST",
    url: SETTINGS,
    config: write("create"),
    schema: { body: EventWebhookRequest },
    handler: async (request, reply) => {
      const webhook = await make(request, request.body);
      reply.code(201);
      return shownSettings(webhook);
    },
  });

  app.route({
    method: "GET",
    url: `${SETTINGS}/all`,
    config: read,
    handler: async (request) => ({
      max_allowed: MAX_WEBHOOKS,
      webhooks: (await list(request)).map(shownSettings),
    }),
  });

  app.route({
    method: "GET",
    url: `${SETTINGS}/:id`,
    config: read,
    schema: { params },
    handler: async (request) => shownSettings(await find(request, request.params.id)),
  });

  app.route({
    method: "PATCH",
    url: `${SETTINGS}/:id`,
    config: write("update"),
    schema: { params, body: EventWebhookRequest },
    handler: async (request) =>
      shownSettings(await change(request, await find(request, request.params.id), request.body)),
  });

  app.route({
    method: "DELETE",
    url: `${SETTINGS}/:id`,
    config: write("delete"),
    schema: { params },
    handler: async (request, reply) => {
      const { id } = await find(request, request.params.id);
      await deleteWebhook(db, actorOf(request), id);
      reply.code(204);
      return null;
    },
  });

  const Toggle = Type.Object({ enabled: Type.Boolean() });
  app.route({
    method: "GET",
    url: `${SETTINGS}/signed`,
    config: read,
    handler: async (request) => shownKey(await known(request)),
  });
  app.route({
    method: "GET",
    url: `${SETTINGS}/signed/:id`,
    config: read,
    schema: { params },
    handler: async (request) => shownKey(await find(request, request.params.id)),
  });
  app.route({
    method: "PATCH",
    url: `${SETTINGS}/signed`,
    config: write("update"),
    schema: { body: Toggle },
    handler: async (request) => toggleSigning(request, await known(request), request.body.enabled),
  });
  app.route({
    method: "PATCH",
    url: `${SETTINGS}/signed/:id`,
    config: write("update"),
    schema: { params, body: Toggle },
    handler: async (request) =>
      toggleSigning(request, await find(request, request.params.id), request.body.enabled),
  });

  app.route({
    method: "POST",
    url: "/user/webhooks/event/test",
    config: { scope: "webhooks:write", sendgridScope: "user.webhooks.event.test.create" },
    schema: { body: EventWebhookTest },
    handler: async (request, reply) => {
      const { id } = request.body;
      const url = readTestUrl(request.body);
      const webhook = id == null || id === "" ? null : await find(request, id);
      const nowMs = options.clock.now();
      const result = await postSendGridBody(options.webhookPoster, {
        url,
        body: sendGridBody(sendGridExamples(nowMs)),
        privatePem: privateKeyOf(webhook, options),
        nowMs,
      });
      if (result.error !== null)
        throw sendgridError("url", `The test could not be delivered: ${result.error}`);
      reply.code(204);
      return null;
    },
  });
}

function privateKeyOf(webhook: Webhook | null, options: EventWebhookDependencies): string | null {
  if (webhook?.sealedSigningKey == null) return null;
  return options.secretBox.open(webhook.sealedSigningKey, webhookSigningKeyContext(webhook.id)).toString();
}

/** The empty text where signing is off. */
function shownKey(webhook: Webhook): { readonly id: string; readonly public_key: string } {
  return { id: webhook.id, public_key: webhook.signingPublicKey ?? "" };
}
