import {
  type Clock,
  generateApiKey,
  hashApiKeySecret,
  isId,
  isRangeWithin,
  newId,
  parseApiKey,
  parseIpRange,
} from "@waxwing/runtime";
import { type ApiKey, type Database, deleteApiKey, insertApiKey, listApiKeys } from "@waxwing/store";
import { type Static, Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import type { Caller } from "../authenticate.ts";
import { actorOf, callerOf } from "../guard.ts";
import { readInstant } from "../instant.ts";
import { type FieldProblem, ProblemError } from "../problems.ts";
import { ApiKeyList, ApiKeyRequest, NewApiKey } from "../schemas/api-key.ts";
import { refusals } from "../schemas/problem.ts";
import { invalid } from "../validator.ts";

/** Lists are answered whole. */
const MAX_KEYS = 1_000;

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
        "The answer shows the key, this once. It cannot be given more than the key that makes it has: no other scopes, no more addresses, no longer life. It also is the password of the user `apikey` for SMTP submission, with the scope `send`.",
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
      const wanted = readLimits(body, clock.now());
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
        throw new ProblemError("not-found", "this project has no API key with this id");
      }
      reply.code(204);
      return null;
    },
  });
}

interface KeyLimits {
  readonly allowedIps: string[];
  readonly expiresAt: Date | null;
}

/** @throws ProblemError naming every field that is wrong. */
function readLimits(body: Static<typeof ApiKeyRequest>, nowMs: number): KeyLimits {
  const errors: FieldProblem[] = [];
  const allowedIps = [...new Set(body.allowed_ips ?? [])];
  for (const [index, text] of (body.allowed_ips ?? []).entries()) {
    const range = parseIpRange(text);
    if (range.kind === "bad") errors.push({ field: `allowed_ips[${index}]`, message: range.message });
  }
  const expiresAt = body.expires_at === undefined ? null : readInstant(body.expires_at);
  if (body.expires_at !== undefined && expiresAt === null) {
    errors.push({ field: "expires_at", message: "must be ISO 8601 with offset: 2030-01-31T12:00:00Z" });
  }
  if (expiresAt !== null && expiresAt.getTime() <= nowMs) {
    errors.push({ field: "expires_at", message: "has passed" });
  }
  if (body.name.includes("\0") || !body.name.isWellFormed()) {
    errors.push({ field: "name", message: "contains what is not text" });
  }
  if (errors.length > 0) throw invalid(errors);
  return { allowedIps, expiresAt };
}

/** A key that could make a stronger one would be as strong itself. */
function refuseExcess(caller: Caller, scopes: readonly string[], wanted: KeyLimits): void {
  const errors: FieldProblem[] = [];
  const excess = scopes.filter((scope) => !caller.scopes.has(scope) && !caller.scopes.has("*"));
  if (excess.length > 0) {
    errors.push({ field: "scopes", message: `holds what this API key does not have: ${excess.join(", ")}` });
  }
  if (
    caller.allowedIps.length > 0 &&
    (wanted.allowedIps.length === 0 ||
      !wanted.allowedIps.every((range) => isRangeWithin(range, caller.allowedIps)))
  ) {
    errors.push({ field: "allowed_ips", message: "must lie within those of this API key" });
  }
  if (
    caller.expiresAtMs !== null &&
    (wanted.expiresAt === null || wanted.expiresAt.getTime() > caller.expiresAtMs)
  ) {
    errors.push({ field: "expires_at", message: "must not be after that of this API key" });
  }
  if (errors.length > 0) {
    throw new ProblemError(
      "missing-scope",
      "an API key cannot be given more than the one that makes it has",
      {
        errors,
      },
    );
  }
}

function shownKey(key: ApiKey) {
  return {
    id: key.id,
    name: key.name,
    public_id: key.publicId,
    scopes: key.scopes,
    allowed_ips: key.allowedIps,
    expires_at: key.expiresAt?.toISOString() ?? null,
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    created_at: key.createdAt.toISOString(),
  };
}
