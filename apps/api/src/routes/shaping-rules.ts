import { isIP } from "node:net";
import { SHIPPED_RULES } from "@waxwing/outbound";
import { type Clock, formatRoutePattern, isId, newId, parseRoutePattern } from "@waxwing/runtime";
import {
  type Database,
  deleteShapingRule,
  findShapingRule,
  insertShapingRule,
  listShapingRules,
  replaceShapingRule,
  type ShapingRuleValues,
  type StoredShapingRule,
  type WrittenShapingRule,
} from "@waxwing/store";
import { type Static, Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { actorOf } from "../guard.ts";
import { ProblemError } from "../problems.ts";
import { refusals } from "../schemas/problem.ts";
import { ShapingRuleList, ShapingRuleRequest, ShapingRuleView } from "../schemas/shaping-rule.ts";
import { invalid } from "../validator.ts";

/** Lists are answered whole, and every worker keeps all rules in memory. */
const MAX_RULES = 1_000;

/** `/shaping-rules`: how hard sites may be pressed. For keys of the platform's first project. */
export function shapingRuleRoutes(
  app: ApiInstance,
  options: { readonly db: Database; readonly clock: Clock },
): void {
  const { db, clock } = options;
  const tags = ["Shaping"];
  const params = Type.Object({ id: Type.String() });
  const bodyRefusals = ["invalid-request", "malformed-body", "too-large", "unsupported-media-type"] as const;

  app.route({
    method: "POST",
    url: "/shaping-rules",
    config: { scope: "shaping:write" },
    schema: {
      operationId: "createShapingRule",
      tags,
      summary: "Create a shaping rule",
      description:
        "Limits for the servers that its pattern names. Rules come before those that the program brings along, longer patterns before shorter ones, and each limit is taken from the first rule that has it. It counts within a second on all workers, also for what is under way.",
      body: ShapingRuleRequest,
      response: { 201: ShapingRuleView, ...refusals(...bodyRefusals, "already-exists", "limit-reached") },
    },
    handler: async (request, reply) => {
      const values = valuesOf(request.body);
      const id = newId(clock.now());
      const rule = written(await insertShapingRule(db, actorOf(request), { id, ...values }, MAX_RULES));
      reply.code(201).header("location", `/shaping-rules/${id}`);
      return shown(rule);
    },
  });

  app.route({
    method: "GET",
    url: "/shaping-rules",
    config: { scope: "shaping:read" },
    schema: {
      operationId: "listShapingRules",
      tags,
      summary: "List shaping rules",
      description: "Those of the operator, and those that the program brings along with their sources.",
      response: { 200: ShapingRuleList, ...refusals() },
    },
    handler: async () => ({
      shaping_rules: (await listShapingRules(db)).map(shown),
      shipped_rules: SHIPPED_RULES.map(({ name, patterns, limits, note, source, seen }) => ({
        name,
        patterns: [...patterns],
        ...shownLimits(limits),
        note,
        source,
        seen,
      })),
    }),
  });

  app.route({
    method: "GET",
    url: "/shaping-rules/:id",
    config: { scope: "shaping:read" },
    schema: {
      operationId: "getShapingRule",
      tags,
      summary: "Read a shaping rule",
      params,
      response: { 200: ShapingRuleView, ...refusals("not-found") },
    },
    handler: async (request) => {
      const { id } = request.params;
      const rule = isId(id) ? await findShapingRule(db, id) : null;
      if (rule === null) throw noSuchRule();
      return shown(rule);
    },
  });

  app.route({
    method: "PUT",
    url: "/shaping-rules/:id",
    config: { scope: "shaping:write" },
    schema: {
      operationId: "replaceShapingRule",
      tags,
      summary: "Replace a shaping rule",
      description: "What is absent is null afterwards.",
      params,
      body: ShapingRuleRequest,
      response: { 200: ShapingRuleView, ...refusals(...bodyRefusals, "already-exists", "not-found") },
    },
    handler: async (request) => {
      const { id } = request.params;
      if (!isId(id)) throw noSuchRule();
      return shown(written(await replaceShapingRule(db, actorOf(request), id, valuesOf(request.body))));
    },
  });

  app.route({
    method: "DELETE",
    url: "/shaping-rules/:id",
    config: { scope: "shaping:write" },
    schema: {
      operationId: "deleteShapingRule",
      tags,
      summary: "Delete a shaping rule",
      params,
      response: { 204: Type.Null({ description: "Deleted." }), ...refusals("not-found") },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      if (!isId(id) || !(await deleteShapingRule(db, actorOf(request), id))) throw noSuchRule();
      reply.code(204);
      return null;
    },
  });
}

function noSuchRule(): ProblemError {
  return new ProblemError("not-found", "there is no shaping rule with this id");
}

function written(outcome: WrittenShapingRule): StoredShapingRule {
  switch (outcome.kind) {
    case "written":
      return outcome.rule;
    case "taken":
      throw new ProblemError("already-exists", "there is a rule for this pattern");
    case "limit-reached":
      throw new ProblemError("limit-reached", `there are at most ${MAX_RULES} shaping rules`);
    case "not-found":
      throw noSuchRule();
  }
}

function valuesOf(body: Static<typeof ShapingRuleRequest>): ShapingRuleValues {
  const pattern = readPattern(body.pattern.trim());
  const { note = null } = body;
  if (note?.includes("\0") || note?.isWellFormed() === false)
    throw invalid([{ field: "note", message: "contains what is not text" }]);
  return {
    pattern,
    connections: body.connections ?? null,
    connectionsPerHost: body.connections_per_host ?? null,
    messagesPerConnection: body.messages_per_connection ?? null,
    messagesPerSecond: body.messages_per_second ?? null,
    note,
  };
}

/** As a route's, or the address of a server that a route leads to: it has no other name. */
function readPattern(text: string): string {
  if (isIP(text) !== 0) return text.toLowerCase();
  const pattern = parseRoutePattern(text);
  if (pattern.kind === "bad") throw invalid([{ field: "pattern", message: pattern.message }]);
  return formatRoutePattern(pattern.value);
}

function shownLimits(limits: Partial<Omit<ShapingRuleValues, "pattern" | "note">>) {
  return {
    connections: limits.connections ?? null,
    connections_per_host: limits.connectionsPerHost ?? null,
    messages_per_connection: limits.messagesPerConnection ?? null,
    messages_per_second: limits.messagesPerSecond ?? null,
  };
}

function shown(rule: StoredShapingRule) {
  const { id, pattern, note, createdAt } = rule;
  return { id, pattern, ...shownLimits(rule), note, created_at: createdAt.toISOString() };
}
