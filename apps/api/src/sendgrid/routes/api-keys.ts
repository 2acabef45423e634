import { type Clock, generateApiKey, hashApiKeySecret, newId, parseApiKey } from "@waxwing/runtime";
import {
  type ApiKey,
  type Database,
  deleteApiKey,
  effectiveScopes,
  insertApiKey,
  isSendgridScope,
  listApiKeys,
  SENDGRID_SCOPE_NAMES,
  updateApiKey,
} from "@waxwing/store";
import { Type } from "typebox";
import type { Caller } from "../../authenticate.ts";
import { actorOf, callerOf } from "../../guard.ts";
import { type KeyLimits, refuseExcess } from "../../key-limits.ts";
import { MAX_KEYS } from "../../routes/api-keys.ts";
import { hasControlCharacter } from "../../unsubscribe-group.ts";
import type { SendgridInstance } from "../dialect.ts";
import { notFound, SendgridError, sendgridError } from "../errors.ts";
import { MAX_OFFSET, pageLinks } from "../paging.ts";

/** SendGrid's words. */
const NO_SUCH_KEY = "unable to find API Key";
const MISSING = "missing required argument";

const Name = Type.Optional(Type.String({ maxLength: 200 }));
const Scopes = Type.Optional(Type.Array(Type.String({ maxLength: 200 }), { minItems: 1, maxItems: 1_000 }));
const params = Type.Object({ api_key_id: Type.String() });
const ListQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_KEYS })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_OFFSET })),
});

/** `/v3/api_keys` and `/v3/scopes`: our API keys, known by the middle part of the key. */
export function sendgridApiKeyRoutes(
  app: SendgridInstance,
  options: { readonly db: Database; readonly clock: Clock },
): void {
  const { db, clock } = options;
  const reading = { scope: "api-keys:read", sendgridScope: "api_keys.read" } as const;
  const writing = (action: string) =>
    ({ scope: "api-keys:write", sendgridScope: `api_keys.${action}` }) as const;

  const find = async (projectId: string, publicId: string): Promise<ApiKey> => {
    const found = (await listApiKeys(db, projectId)).find((key) => key.publicId === publicId);
    if (found === undefined) throw notFound(NO_SUCH_KEY);
    return found;
  };

  app.route({
    method: "POST",
    url: "/api_keys",
    config: writing("create"),
    schema: { body: Type.Object({ name: Name, scopes: Scopes }) },
    handler: async (request, reply) => {
      const caller = callerOf(request);
      const name = readName(request.body.name);
      // SendGrid's full access: all that the key has that makes it.
      const scopes = request.body.scopes === undefined ? [...caller.scopes] : readScopes(request.body.scopes);
      const limits = limitsOf(caller);
      refuseExcess(caller, scopes, limits);
      const key = generateApiKey();
      const { publicId, secret } = parseApiKey(key);
      const made = {
        id: newId(clock.now()),
        name,
        publicId,
        secretHash: hashApiKeySecret(secret),
        scopes,
        ...limits,
      };
      const stored = await insertApiKey(db, actorOf(request), made, MAX_KEYS);
      if (stored === null)
        throw sendgridError(null, `Cannot create more than ${MAX_KEYS} API Keys`, { status: 403 });
      reply.code(201);
      return { api_key: key, ...shownKey(stored) };
    },
  });

  app.route({
    method: "GET",
    url: "/api_keys",
    config: reading,
    schema: { querystring: ListQuery },
    handler: async (request, reply) => {
      const { limit = MAX_KEYS, offset = 0 } = request.query;
      const keys = await listApiKeys(db, callerOf(request).projectId);
      reply.header("link", pageLinks(request, { limit, offset, total: keys.length }));
      return {
        result: keys
          .slice(offset, offset + limit)
          .map(({ name, publicId }) => ({ name, api_key_id: publicId })),
      };
    },
  });

  app.route({
    method: "GET",
    url: "/api_keys/:api_key_id",
    config: reading,
    schema: { params },
    handler: async (request) => {
      const shown = shownKey(await find(callerOf(request).projectId, request.params.api_key_id));
      // Its description has a list of one, its service answers the key itself.
      return { ...shown, result: [shown] };
    },
  });

  app.route({
    method: "PATCH",
    url: "/api_keys/:api_key_id",
    config: writing("update"),
    schema: { params, body: Type.Object({ name: Name }) },
    handler: async (request) => {
      const name = readName(request.body.name);
      const { id } = await find(callerOf(request).projectId, request.params.api_key_id);
      const changed = await updateApiKey(db, actorOf(request), id, { name });
      if (changed === null) throw notFound(NO_SUCH_KEY);
      return { api_key_id: changed.publicId, name: changed.name };
    },
  });

  app.route({
    method: "PUT",
    url: "/api_keys/:api_key_id",
    config: writing("update"),
    schema: { params, body: Type.Object({ name: Name, scopes: Scopes }) },
    handler: async (request) => {
      const caller = callerOf(request);
      const name = readName(request.body.name);
      const key = await find(caller.projectId, request.params.api_key_id);
      const change =
        request.body.scopes === undefined ? { name } : { name, scopes: readScopes(request.body.scopes) };
      // With its own, wider limits the other key would do with these scopes what this one cannot.
      if (change.scopes !== undefined) refuseExcess(caller, change.scopes, key);
      const changed = await updateApiKey(db, actorOf(request), key.id, change);
      if (changed === null) throw notFound(NO_SUCH_KEY);
      return shownKey(changed);
    },
  });

  app.route({
    method: "DELETE",
    url: "/api_keys/:api_key_id",
    config: writing("delete"),
    schema: { params },
    handler: async (request, reply) => {
      const { id } = await find(callerOf(request).projectId, request.params.api_key_id);
      if (!(await deleteApiKey(db, actorOf(request), id))) throw notFound(NO_SUCH_KEY);
      reply.code(204);
      return null;
    },
  });

  app.route({
    method: "GET",
    url: "/scopes",
    config: { scope: "any" },
    handler: (request) => Promise.resolve({ scopes: sendgridNames(callerOf(request).scopes) }),
  });
}

/** A key made here cannot be given limits: it has those of the key that makes it. */
function limitsOf(caller: Caller): KeyLimits {
  const { allowedIps, expiresAtMs, rateLimit, dailyQuota } = caller;
  const expiresAt = expiresAtMs === null ? null : new Date(expiresAtMs);
  return { allowedIps: [...allowedIps], expiresAt, rateLimit, dailyQuota };
}

function readName(name: string | undefined): string {
  if (name === undefined || name.trim() === "") throw sendgridError("name", MISSING);
  if (hasControlCharacter(name)) throw sendgridError("name", "name contains a control character");
  return name;
}

function readScopes(names: readonly string[]): string[] {
  const errors = [...names.entries()]
    .filter(([, name]) => !isSendgridScope(name))
    .map(([index, name]) => ({
      field: `scopes.${index}`,
      message: `invalid scope: ${JSON.stringify(name)}`,
      help: null,
    }));
  if (errors.length > 0) throw new SendgridError(400, errors.slice(0, 100));
  return [...new Set(names)];
}

function shownKey(key: ApiKey) {
  return { api_key_id: key.publicId, name: key.name, scopes: shownScopes(key.scopes) };
}

/** A key's scopes by SendGrid's names: those it was given, and those that its scopes of ours come to. */
function shownScopes(given: readonly string[]): readonly string[] {
  const own = given.filter((name) => !isSendgridScope(name));
  return sendgridNames(new Set([...given, ...effectiveScopes(own)]));
}

function sendgridNames(scopes: ReadonlySet<string>): readonly string[] {
  return scopes.has("*") ? SENDGRID_SCOPE_NAMES : [...scopes].filter(isSendgridScope).sort();
}
