import { type Clock, generateApiKey, hashApiKeySecret, isId, newId, parseApiKey } from "@waxwing/runtime";
import {
  type ApiKey,
  type Database,
  deleteApiKey,
  findApiKeyById,
  insertApiKey,
  listApiKeys,
  updateApiKey,
} from "@waxwing/store";
import { Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { actorOf, callerOf } from "../guard.ts";
import { readChange, readLimits, refuseExcess, refuseStrengthening } from "../key-limits.ts";
import { ProblemError } from "../problems.ts";
import { ApiKeyChange, ApiKeyList, ApiKeyRequest, ApiKeyView, NewApiKey } from "../schemas/api-key.ts";
import { refusals } from "../schemas/problem.ts";

/** Lists are answered whole. */
export const MAX_KEYS = 1_000;

/** `/api-keys`: who may use the API and SMTP submission, and for what. */
export function apiKeyRoutes(
  app: ApiInstance,
  options: { readonly db: Database; readonly clock: Clock },
): void {
  const { db, clock } = options;
  const tags = ["API keys"];

  app.route({
    method: "POST",
    url: "/api-keys",
    config: { scope: "api-keys:write" },
    schema: {
      operationId: "createApiKey",
      tags,
      summary: "Create an API key",
      description:
        "The answer shows the key, this once. It cannot be given more than the key that makes it has: no other scopes, no more addresses, no longer life, no higher limits. It also is the password of the user `apikey` for SMTP submission, with the scope `send`.",
      body: ApiKeyRequest,
      response: {
        201: NewApiKey,
        ...refusals(
          "invalid-request",
          "malformed-body",
          "limit-reached",
          "too-large",
          "unsupported-media-type",
        ),
      },
    },
    handler: async (request, reply) => {
      const { body } = request;
      const { rate_limit: rateLimit = null, daily_quota: dailyQuota = null } = body;
      const wanted = { ...readLimits(body, clock.now()), rateLimit, dailyQuota };
      refuseExcess(callerOf(request), body.scopes, wanted);
      const key = generateApiKey();
      const { publicId, secret } = parseApiKey(key);
      const stored = await insertApiKey(
        db,
        actorOf(request),
        {
          id: newId(clock.now()),
          name: body.name,
          publicId,
          secretHash: hashApiKeySecret(secret),
          scopes: [...new Set(body.scopes)],
          ...wanted,
        },
        MAX_KEYS,
      );
      if (stored === null)
        throw new ProblemError("limit-reached", `a project has at most ${MAX_KEYS} API keys`);
      reply.code(201);
      return { ...shownKey(stored), key };
    },
  });

  app.route({
    method: "GET",
    url: "/api-keys",
    config: { scope: "api-keys:read" },
    schema: {
      operationId: "listApiKeys",
      tags,
      summary: "List API keys",
      description: "Without their secrets, which are kept nowhere.",
      response: { 200: ApiKeyList, ...refusals() },
    },
    handler: async (request) => ({
      api_keys: (await listApiKeys(db, callerOf(request).projectId)).map(shownKey),
    }),
  });

  app.route({
    method: "PATCH",
    url: "/api-keys/:id",
    config: { scope: "api-keys:write" },
    schema: {
      operationId: "changeApiKey",
      tags,
      summary: "Change an API key",
      description:
        "What is absent stays as it is. It counts within 5 seconds. No key can be given more than the key that asks has: no other scopes, no more addresses, no longer life, no higher limits.",
      params: Type.Object({ id: Type.String() }),
      body: ApiKeyChange,
      response: {
        200: ApiKeyView,
        ...refusals("invalid-request", "malformed-body", "not-found", "too-large", "unsupported-media-type"),
      },
    },
    handler: async (request) => {
      const { body, params } = request;
      const change = {
        ...readChange(body, clock.now()),
        ...(body.scopes !== undefined && { scopes: [...new Set(body.scopes)] }),
        ...(body.rate_limit !== undefined && { rateLimit: body.rate_limit }),
        ...(body.daily_quota !== undefined && { dailyQuota: body.daily_quota }),
      };
      const caller = callerOf(request);
      refuseStrengthening(caller, change);
      const key = isId(params.id) ? await findApiKeyById(db, params.id) : null;
      if (key === null || key.projectId !== caller.projectId) throw noSuchKey();
      // With limits of its own that are wider, the other key would do with these scopes what this one cannot.
      if (change.scopes !== undefined) refuseExcess(caller, change.scopes, { ...key, ...change });
      const changed = await updateApiKey(db, actorOf(request), key.id, change);
      if (changed === null) throw noSuchKey();
      return shownKey(changed);
    },
  });

  app.route({
    method: "DELETE",
    url: "/api-keys/:id",
    config: { scope: "api-keys:write" },
    schema: {
      operationId: "deleteApiKey",
      tags,
      summary: "Delete an API key",
      description:
        "It stops working within 5 seconds, also in SMTP sessions that are open. The key of WAXWING_API_KEY is made again when a process starts.",
      params: Type.Object({ id: Type.String() }),
      response: { 204: Type.Null({ description: "Deleted." }), ...refusals("not-found") },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      if (!isId(id) || !(await deleteApiKey(db, actorOf(request), id))) {
        throw noSuchKey();
      }
      reply.code(204);
      return null;
    },
  });
}

function noSuchKey(): ProblemError {
  return new ProblemError("not-found", "this project has no API key with this id");
}

/** A key as its routes show it, without its secret. */
export function shownKey(key: ApiKey) {
  return {
    id: key.id,
    name: key.name,
    public_id: key.publicId,
    scopes: key.scopes,
    allowed_ips: key.allowedIps,
    expires_at: key.expiresAt?.toISOString() ?? null,
    rate_limit: key.rateLimit,
    daily_quota: key.dailyQuota,
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    created_at: key.createdAt.toISOString(),
  };
}
