import { type Clock, newId, parseDomain } from "@waxwing/runtime";
import { type Database, deleteTlsSetting, listTlsSettings, putTlsSetting } from "@waxwing/store";
import { Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { actorOf, callerOf } from "../guard.ts";
import { ProblemError } from "../problems.ts";
import { refusals } from "../schemas/problem.ts";
import { TlsPolicyList, TlsPolicyRequest, TlsPolicyView } from "../schemas/tls-policy.ts";
import { invalid } from "../validator.ts";

/** Lists are answered whole, and workers read all of a project's at once. */
const MAX_POLICIES = 1_000;

/** `/tls-policies`: what TLS a project asks for towards the domains of its recipients. */
export function tlsPolicyRoutes(
  app: ApiInstance,
  options: { readonly db: Database; readonly clock: Clock },
): void {
  const { db, clock } = options;
  const tags = ["Routes"];
  const params = Type.Object({ domain: Type.String() });

  app.route({
    method: "GET",
    url: "/tls-policies",
    config: { scope: "routes:read" },
    schema: {
      operationId: "listTlsPolicies",
      tags,
      summary: "List TLS policies",
      response: { 200: TlsPolicyList, ...refusals() },
    },
    handler: async (request) => {
      const settings = await listTlsSettings(db, callerOf(request).projectId);
      return { tls_policies: settings.map(({ domain, policy }) => ({ domain, policy })) };
    },
  });

  app.route({
    method: "PUT",
    url: "/tls-policies",
    config: { scope: "routes:write" },
    schema: {
      operationId: "setTlsPolicy",
      tags,
      summary: "Set the TLS policy for a domain",
      description:
        "In place of what was set for it before. Mail of the project to this domain waits rather than leave with less. What the domain asks of itself (DANE, MTA-STS) holds beside it, and static routes say their own. It has its effect on all workers within seconds, also on mail that waits.",
      body: TlsPolicyRequest,
      response: {
        200: TlsPolicyView,
        ...refusals(
          "invalid-request",
          "malformed-body",
          "too-large",
          "unsupported-media-type",
          "limit-reached",
        ),
      },
    },
    handler: async (request) => {
      const name = domainOf(request.body.domain);
      if ("reason" in name) throw invalid([{ field: "domain", message: name.reason }]);
      const setting = { id: newId(clock.now()), domain: name.domain, policy: request.body.policy };
      const put = await putTlsSetting(db, actorOf(request), setting, MAX_POLICIES);
      if (put === "limit-reached")
        throw new ProblemError("limit-reached", `a project has at most ${MAX_POLICIES} TLS policies`);
      return { domain: put.domain, policy: put.policy };
    },
  });

  app.route({
    method: "DELETE",
    url: "/tls-policies/:domain",
    config: { scope: "routes:write" },
    schema: {
      operationId: "deleteTlsPolicy",
      tags,
      summary: "Delete the TLS policy for a domain",
      params,
      response: { 204: Type.Null({ description: "Deleted." }), ...refusals("not-found") },
    },
    handler: async (request, reply) => {
      const name = domainOf(request.params.domain);
      if ("reason" in name || !(await deleteTlsSetting(db, actorOf(request), name.domain)))
        throw new ProblemError("not-found", "this project has no TLS policy for this domain");
      reply.code(204);
      return null;
    },
  });
}

function domainOf(text: string): { readonly domain: string } | { readonly reason: string } {
  if (text === "*") return { domain: text };
  const parsed = parseDomain(text);
  return parsed.kind === "bad" ? { reason: parsed.message } : { domain: parsed.value };
}
