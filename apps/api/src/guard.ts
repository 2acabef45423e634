import { isIP } from "node:net";
import type { Clock } from "@waxwing/runtime";
import type { Actor, RateStanding, TakeRequest } from "@waxwing/store";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Authenticate, type Caller, hasScope, type Scope } from "./authenticate.ts";
import type { BodyBudget } from "./body-budget.ts";
import { ProblemError } from "./problems.ts";
import { type RateFields, rateFields } from "./rate-fields.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The scope a key needs for this route; `any` lets every key through. */
    scope?: Scope | "any";
    /** The name of SendGrid's for less than that, with which a key is let through, too. */
    sendgridScope?: string;
  }
  interface FastifyRequest {
    /** Set by the guard before anything else runs; read it with {@link callerOf}. */
    caller: Caller | null;
    /** Puts the body back into the budget. */
    putBackBody: (() => void) | null;
  }
}

/**
 * Lets only requests with a key of the right scope through to the routes registered on `app`, and takes their bodies out of the
 * budget. Both happen before a byte of the body is read: who has no key cannot make us hold anything. Every request counts against
 * the rates of its key and project, also one that is refused then.
 *
 * @param options.rateFields how limits are shown; as `RateLimit` when absent
 * @param options.encodings the content codings that `app` reads, lower case; none when absent
 * @throws at start, for a route that names no scope.
 */
export function guard(
  app: FastifyInstance,
  options: {
    readonly authenticate: Authenticate;
    readonly takeRequest: TakeRequest;
    readonly budget: BodyBudget;
    readonly clock: Clock;
    readonly rateFields?: RateFields;
    readonly encodings?: readonly string[];
  },
): void {
  const { authenticate, takeRequest, budget, clock, encodings = [] } = options;
  const showRates = options.rateFields ?? rateFields;
  app.decorateRequest("caller", null);
  app.decorateRequest("putBackBody", null);

  app.addHook("onRoute", (route) => {
    const scope = route.config?.scope;
    if (scope === undefined) throw new Error(`${String(route.method)} ${route.url} names no scope`);
    route.schema = {
      ...route.schema,
      security: [{ apiKey: [] }],
      description: describe(route.schema?.description, scope),
    };
  });

  app.addHook("onRequest", async (request, reply) => {
    const caller = await authenticate(request.headers.authorization);
    if (caller === null) throw unauthorized(request, "the API key is not known");
    if (caller.expiresAtMs !== null && caller.expiresAtMs <= clock.now()) {
      throw unauthorized(request, "the API key has expired");
    }
    if (!caller.isAllowedFrom(request.ip)) {
      throw new ProblemError("address-not-allowed", `this API key may not be used from ${request.ip}`);
    }
    await limitRate(reply, takeRequest, caller, (standings) => showRates(standings, clock.now()));
    const { scope, sendgridScope } = request.routeOptions.config;
    const byName = sendgridScope !== undefined && caller.scopes.has(sendgridScope);
    if (scope === undefined || !(byName || scope === "any" || hasScope(caller, scope))) {
      throw new ProblemError("missing-scope", missing(scope, caller));
    }
    request.caller = caller;
    refuseEncoded(request, encodings);
    admitBody(request, reply, budget);
    // Answers hold personal data, and once a secret.
    reply.header("cache-control", "no-store");
  });

  app.addHook("onSend", (request, _reply, payload, done) => {
    request.putBackBody?.();
    done(null, payload);
  });
}

/** The caller of a guarded route. @throws on any other route: a bug. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new Error(`${request.routeOptions.url} is not guarded`);
  return request.caller;
}

/** The caller as the audit log names it. @throws as {@link callerOf}. */
export function actorOf(request: FastifyRequest): Actor {
  const { projectId, keyId } = callerOf(request);
  // A trusted proxy that hands on a header it has not written itself may name anything.
  return { projectId, keyId, remoteAddress: isIP(request.ip) === 0 ? null : request.ip };
}

async function limitRate(
  reply: FastifyReply,
  takeRequest: TakeRequest,
  caller: Caller,
  show: (standings: readonly RateStanding[]) => Readonly<Record<string, string>>,
): Promise<void> {
  const answer = await takeRequest(caller);
  const fields = show(answer.standings);
  if (answer.kind === "ok") {
    reply.headers(fields);
    return;
  }
  const { of, rate } = answer.by;
  const whose = of === "key" ? "this API key" : "this project";
  throw new ProblemError("rate-limited", `${whose} may make ${rate} requests a second`, {
    // RFC 6585 §4
    headers: { ...fields, "retry-after": String(Math.ceil(answer.retryAfterMs / 1_000)) },
  });
}

function missing(scope: Scope | undefined, caller: Caller): string {
  const isOthers = caller.scopes.has("*") || (scope !== undefined && caller.scopes.has(scope));
  return isOthers
    ? `${scope} is for API keys of the project that manages the others, which this one's is not`
    : `this needs an API key with the scope ${scope}`;
}

function unauthorized(request: FastifyRequest, wrong: string): ProblemError {
  const detail =
    request.headers.authorization === undefined
      ? "the header Authorization: Bearer <API key> is missing"
      : wrong;
  // RFC 9110 §15.5.2: a 401 names the scheme. RFC 6750 §3.1: an error code only when a key was presented.
  const challenge = request.headers.authorization === undefined ? "" : ', error="invalid_token"';
  return new ProblemError("unauthorized", detail, {
    headers: { "www-authenticate": `Bearer realm="waxwing"${challenge}` },
  });
}

/** A compressed body could grow a thousandfold; only what bounds that reads one (RFC 9110 §15.5.16). */
function refuseEncoded(request: FastifyRequest, encodings: readonly string[]): void {
  const encoding = request.headers["content-encoding"]?.toLowerCase();
  if (encoding === undefined || encoding === "identity" || encodings.includes(encoding)) return;
  throw new ProblemError("unsupported-media-type", "a body with this Content-Encoding is not read here", {
    // RFC 9110 §12.5.3 lets the answer say what would have been read.
    headers: { "accept-encoding": [...encodings, "identity"].join(", ") },
  });
}

function admitBody(request: FastifyRequest, reply: FastifyReply, budget: BodyBudget): void {
  const { headers } = request;
  const declared = headers["content-length"];
  if (declared === undefined && headers["transfer-encoding"] === undefined) return;
  // Gone while its key was looked up: no event will tell of it any more, so what is taken now would never be put back.
  if (request.raw.destroyed || reply.raw.destroyed)
    throw new ProblemError("malformed-body", "the client went away");
  const limitBytes = request.routeOptions.bodyLimit;
  // Answered with 413 before it is read.
  if (declared !== undefined && Number(declared) > limitBytes) return;
  // A body of unknown length may become as long as the route allows.
  const sizeBytes = declared === undefined ? limitBytes : Number(declared);
  const putBack = budget.take(sizeBytes);
  if (putBack === null) {
    throw new ProblemError("unavailable", "too many large requests are under way", {
      headers: { "retry-after": "1" },
    });
  }
  request.putBackBody = putBack;
  // A client that goes away in the middle of its body is never answered. After the body, its handler still holds it: were it put
  // back at once, clients that hang up early could pile up any number of messages in front of a slow database.
  reply.raw.once("close", () => {
    if (request.body === undefined) request.putBackBody?.();
  });
}

function describe(description: string | undefined, scope: Scope | "any"): string {
  return `${description ?? ""}\n\nScope: \`${scope}\`.`.trim();
}
