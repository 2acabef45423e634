import { routePasswordContext } from "@waxwing/outbound";
import { type Clock, isId, newId, type SecretBox } from "@waxwing/runtime";
import {
  type Database,
  deleteRoute,
  findRoute,
  insertRoute,
  listRoutes,
  type StoredRoute,
  updateRoute,
} from "@waxwing/store";
import type { FastifyRequest } from "fastify";
import { type Static, Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { actorOf, callerOf } from "../guard.ts";
import { ProblemError } from "../problems.ts";
import { readPattern, readRouteSettings } from "../route-settings.ts";
import { refusals } from "../schemas/problem.ts";
import { RouteChangeRequest, RouteList, RouteRequest, RouteView } from "../schemas/route.ts";
import { invalid } from "../validator.ts";

/** Lists are answered whole, and every worker keeps all routes in memory. */
const MAX_ROUTES = 1_000;

/** `/routes`: static next hops and smarthosts, looked at before MX records. */
export function routeRoutes(
  app: ApiInstance,
  options: { readonly db: Database; readonly secretBox: SecretBox; readonly clock: Clock },
): void {
  const { db, secretBox, clock } = options;
  const tags = ["Routes"];
  const params = Type.Object({ id: Type.String() });
  const bodyRefusals = ["invalid-request", "malformed-body", "too-large", "unsupported-media-type"] as const;

  /** The caller's own route, or with a key of the operator one of the platform. */
  const find = async (request: FastifyRequest, id: string): Promise<StoredRoute> => {
    const { projectId, isOperator } = callerOf(request);
    if (!isId(id)) throw noSuchRoute();
    const route = (await findRoute(db, projectId, id)) ?? (isOperator ? await findRoute(db, null, id) : null);
    if (route === null) throw noSuchRoute();
    return route;
  };
  const sealed = (id: string, password: string): string => secretBox.seal(password, routePasswordContext(id));

  app.route({
    method: "POST",
    url: "/routes",
    config: { scope: "routes:write" },
    schema: {
      operationId: "createRoute",
      tags,
      summary: "Create a route",
      description:
        "Mail for the domains of its pattern goes to this server in place of the domain's own. A project's routes come before those of the platform, these before those of `WAXWING_ROUTES`, and all of them before MX records. It has its effect on all workers within a few seconds, also on mail that waits. `tls` is `verified` with a username and `opportunistic` without where nothing is said.",
      body: RouteRequest,
      response: { 201: RouteView, ...refusals(...bodyRefusals, "already-exists", "limit-reached") },
    },
    handler: async (request, reply) => {
      const { projectId, isOperator } = callerOf(request);
      const { pattern: patternText, password, platform = false, ...said } = request.body;
      if (platform && !isOperator)
        throw invalid([{ field: "platform", message: "needs a key of the platform's first project" }]);
      const pattern = readPattern(patternText);
      const settings = readRouteSettings({ ...said, ...(password !== undefined && { password }) }, null);
      const id = newId(clock.now());
      const inserted = await insertRoute(
        db,
        actorOf(request),
        {
          id,
          projectId: platform ? null : projectId,
          pattern,
          ...settings,
          sealedPassword: password === undefined ? null : sealed(id, password),
        },
        MAX_ROUTES,
      );
      switch (inserted.kind) {
        case "created":
          reply.code(201).header("location", `/routes/${id}`);
          return shown(inserted.route);
        case "taken":
          throw new ProblemError("already-exists", `there is a route for ${pattern}`);
        case "limit-reached":
          throw new ProblemError("limit-reached", `a project has at most ${MAX_ROUTES} routes`);
      }
    },
  });

  app.route({
    method: "GET",
    url: "/routes",
    config: { scope: "routes:read" },
    schema: {
      operationId: "listRoutes",
      tags,
      summary: "List routes",
      response: { 200: RouteList, ...refusals() },
    },
    handler: async (request) => {
      const { projectId, isOperator } = callerOf(request);
      const own = await listRoutes(db, projectId);
      const platforms = isOperator ? await listRoutes(db, null) : [];
      return { routes: [...own, ...platforms].map(shown) };
    },
  });

  app.route({
    method: "GET",
    url: "/routes/:id",
    config: { scope: "routes:read" },
    schema: {
      operationId: "getRoute",
      tags,
      summary: "Read a route",
      params,
      response: { 200: RouteView, ...refusals("not-found") },
    },
    handler: async (request) => shown(await find(request, request.params.id)),
  });

  app.route({
    method: "PATCH",
    url: "/routes/:id",
    config: { scope: "routes:write" },
    schema: {
      operationId: "changeRoute",
      tags,
      summary: "Change a route",
      description:
        "What is absent stays as it is. A route with a username needs its password again when anything else of it changes.",
      params,
      body: RouteChangeRequest,
      response: { 200: RouteView, ...refusals(...bodyRefusals, "not-found") },
    },
    handler: async (request) => {
      const { password } = request.body;
      // A change that another one has overtaken is judged again, by what the route is now.
      for (let tries = 0; tries < 3; tries++) {
        const before = await find(request, request.params.id);
        const settings = readRouteSettings(request.body, before);
        const changed = await updateRoute(db, actorOf(request), before, {
          ...settings,
          ...(settings.username === null && { sealedPassword: null }),
          ...(password !== undefined && { sealedPassword: sealed(before.id, password) }),
        });
        if (changed !== null) return shown(changed);
      }
      throw noSuchRoute();
    },
  });

  app.route({
    method: "DELETE",
    url: "/routes/:id",
    config: { scope: "routes:write" },
    schema: {
      operationId: "deleteRoute",
      tags,
      summary: "Delete a route",
      description: "Mail for its domains goes by the next route that takes them, or by MX records.",
      params,
      response: { 204: Type.Null({ description: "Deleted." }), ...refusals("not-found") },
    },
    handler: async (request, reply) => {
      const route = await find(request, request.params.id);
      if (!(await deleteRoute(db, actorOf(request), route))) throw noSuchRoute();
      reply.code(204);
      return null;
    },
  });
}

function noSuchRoute(): ProblemError {
  return new ProblemError("not-found", "this project has no route with this id");
}

function shown(route: StoredRoute): Static<typeof RouteView> {
  return {
    id: route.id,
    pattern: route.pattern,
    host: route.host,
    port: route.port,
    tls: route.tls,
    implicit_tls: route.implicitTls,
    username: route.username,
    platform: route.projectId === null,
    created_at: route.createdAt.toISOString(),
  };
}
