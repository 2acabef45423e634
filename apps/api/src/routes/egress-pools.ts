import { type Clock, isId, newId } from "@waxwing/runtime";
import {
  type Database,
  deleteEgressPool,
  type EgressPoolValues,
  insertEgressPool,
  listEgressPools,
  replaceEgressPool,
  type StoredEgressPool,
  type WrittenEgress,
} from "@waxwing/store";
import { type Static, Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { actorOf } from "../guard.ts";
import { type FieldProblem, ProblemError } from "../problems.ts";
import { EgressPoolList, EgressPoolRequest, EgressPoolView } from "../schemas/egress.ts";
import { refusals } from "../schemas/problem.ts";
import { invalid } from "../validator.ts";

/** Lists are answered whole, and every worker keeps all pools in memory. */
const MAX_POOLS = 1_000;

/** `/egress-pools`: sources that share mail. For keys of the platform's first project. */
export function egressPoolRoutes(
  app: ApiInstance,
  options: { readonly db: Database; readonly clock: Clock },
): void {
  const { db, clock } = options;
  const tags = ["Egress"];
  const params = Type.Object({ id: Type.String() });
  const bodyRefusals = ["invalid-request", "malformed-body", "too-large", "unsupported-media-type"] as const;

  const find = async (id: string): Promise<StoredEgressPool> => {
    const pool = (await listEgressPools(db)).find((candidate) => candidate.id === id);
    if (pool === undefined) throw noSuchPool();
    return pool;
  };

  app.route({
    method: "POST",
    url: "/egress-pools",
    config: { scope: "egress:write" },
    schema: {
      operationId: "createEgressPool",
      tags,
      summary: "Create an egress pool",
      description:
        "Messages name it (`pool`, `ip_pool_name` or X-Waxwing-Pool) to leave by its sources, within 5 seconds. Each recipient has a source that it keeps, so that a server which makes first attempts wait sees the same address again; the shares follow the weights.",
      body: EgressPoolRequest,
      response: { 201: EgressPoolView, ...refusals(...bodyRefusals, "already-exists", "limit-reached") },
    },
    handler: async (request, reply) => {
      const values = valuesOf(request.body);
      const id = newId(clock.now());
      check(await insertEgressPool(db, actorOf(request), { id, ...values }, MAX_POOLS));
      reply.code(201).header("location", `/egress-pools/${id}`);
      return shown(await find(id));
    },
  });

  app.route({
    method: "GET",
    url: "/egress-pools",
    config: { scope: "egress:read" },
    schema: {
      operationId: "listEgressPools",
      tags,
      summary: "List egress pools",
      response: { 200: EgressPoolList, ...refusals() },
    },
    handler: async () => ({ egress_pools: (await listEgressPools(db)).map(shown) }),
  });

  app.route({
    method: "GET",
    url: "/egress-pools/:id",
    config: { scope: "egress:read" },
    schema: {
      operationId: "getEgressPool",
      tags,
      summary: "Read an egress pool",
      params,
      response: { 200: EgressPoolView, ...refusals("not-found") },
    },
    handler: async (request) => shown(await find(request.params.id)),
  });

  app.route({
    method: "PUT",
    url: "/egress-pools/:id",
    config: { scope: "egress:write" },
    schema: {
      operationId: "replaceEgressPool",
      tags,
      summary: "Replace an egress pool",
      description:
        "Mail that waits for a pool leaves by the sources that it has then. Under a new name the pool takes no mail that named the old one: that leaves by `default`.",
      params,
      body: EgressPoolRequest,
      response: { 200: EgressPoolView, ...refusals(...bodyRefusals, "already-exists", "not-found") },
    },
    handler: async (request) => {
      const { id } = request.params;
      const values = valuesOf(request.body);
      if (!isId(id)) throw noSuchPool();
      check(await replaceEgressPool(db, actorOf(request), id, values));
      return shown(await find(id));
    },
  });

  app.route({
    method: "DELETE",
    url: "/egress-pools/:id",
    config: { scope: "egress:write" },
    schema: {
      operationId: "deleteEgressPool",
      tags,
      summary: "Delete an egress pool",
      description: "Mail that waits for it leaves by `default`.",
      params,
      response: { 204: Type.Null({ description: "Deleted." }), ...refusals("not-found") },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      if (!isId(id) || !(await deleteEgressPool(db, actorOf(request), id))) throw noSuchPool();
      reply.code(204);
      return null;
    },
  });
}

function noSuchPool(): ProblemError {
  return new ProblemError("not-found", "there is no egress pool with this id");
}

function check(outcome: WrittenEgress): void {
  switch (outcome.kind) {
    case "written":
      return;
    case "taken":
      throw new ProblemError("already-exists", "there is an egress pool of this name");
    case "limit-reached":
      throw new ProblemError("limit-reached", `there are at most ${MAX_POOLS} egress pools`);
    case "not-found":
      throw noSuchPool();
    case "unknown-source":
      throw invalid([{ field: `members[${outcome.index}].source`, message: "names no egress source" }]);
  }
}

/** @throws ProblemError naming every wrong field */
function valuesOf(body: Static<typeof EgressPoolRequest>): EgressPoolValues {
  const problems: FieldProblem[] = [];
  const { name, members, overflow = null, projects = [] } = body;
  const seen = new Set<string>();
  for (const [index, { source }] of members.entries()) {
    if (seen.has(source)) problems.push({ field: `members[${index}].source`, message: "is there twice" });
    seen.add(source);
    if (source.includes("\0"))
      problems.push({ field: `members[${index}].source`, message: "names no egress source" });
  }
  if (overflow === name) problems.push({ field: "overflow", message: "is the pool itself" });
  if (overflow?.includes("\0")) problems.push({ field: "overflow", message: "contains what is not text" });
  for (const [index, id] of projects.entries())
    if (!isId(id)) problems.push({ field: `projects[${index}]`, message: "is no id of a project" });
  if (problems.length > 0) throw invalid(problems);
  return { name, members, overflow, projectIds: [...new Set(projects)] };
}

function shown(pool: StoredEgressPool) {
  return {
    id: pool.id,
    name: pool.name,
    members: [...pool.members],
    overflow: pool.overflow,
    projects: pool.projectIds,
    created_at: pool.createdAt.toISOString(),
  };
}
