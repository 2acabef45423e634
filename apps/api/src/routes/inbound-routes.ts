import { randomBytes } from "node:crypto";
import { WEBHOOK_SECRET_PREFIX } from "@waxwing/events";
import { inboundRouteSecretContext, readRoutePattern } from "@waxwing/inbound";
import { type Clock, idTimeMs, isId, newId, type SecretBox } from "@waxwing/runtime";
import {
  type Database,
  deleteInboundRoute,
  findInboundRoute,
  type InboundPost,
  insertInboundRoute,
  listInboundPosts,
  listInboundRoutes,
  type InboundRoute as StoredInboundRoute,
  updateInboundRoute,
} from "@waxwing/store";
import { type Static, Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { actorOf, callerOf } from "../guard.ts";
import { readInboundActions, shownInboundAction } from "../inbound-actions.ts";
import { ProblemError } from "../problems.ts";
import {
  InboundPostList,
  InboundRoute,
  InboundRouteList,
  InboundRoutePatch,
  InboundRouteRequest,
  NewInboundRoute,
} from "../schemas/inbound-route.ts";
import { refusals } from "../schemas/problem.ts";
import { ref } from "../schemas/ref.ts";
import { invalid } from "../validator.ts";

/** All of them are read for each address that mail comes to. */
const MAX_INBOUND_ROUTES = 200;
const SECRET_BYTES = 32;
const SHOWN_POSTS = 100;

/** `/inbound-routes`: what is done with mail that arrives. */
export function inboundRouteRoutes(
  app: ApiInstance,
  options: { readonly db: Database; readonly secretBox: SecretBox; readonly clock: Clock },
): void {
  const { db, secretBox, clock } = options;
  const tags = ["Inbound routes"];
  const params = Type.Object({ id: Type.String() });
  const bodyRefusals = ["invalid-request", "malformed-body", "too-large", "unsupported-media-type"] as const;

  const find = async (projectId: string, id: string): Promise<StoredInboundRoute> => {
    const route = isId(id) ? await findInboundRoute(db, projectId, id) : null;
    if (route === null) throw noSuchRoute();
    return route;
  };

  app.route({
    method: "POST",
    url: "/inbound-routes",
    config: { scope: "routes:write" },
    schema: {
      operationId: "createInboundRoute",
      tags,
      summary: "Create an inbound route",
      description:
        "The first route that takes an address decides what becomes of its mail; an address that no route takes needs a mailbox or a catch-all. The answer shows the secret of its posts, this once. Bounces and answers to messages that were sent come to addresses of their own, which no route takes.",
      body: InboundRouteRequest,
      response: { 201: NewInboundRoute, ...refusals(...bodyRefusals, "limit-reached") },
    },
    handler: async (request, reply) => {
      const { projectId } = callerOf(request);
      const { position = null, enabled = true } = request.body;
      const pattern = readPattern(request.body.pattern);
      const actions = await readInboundActions(db, projectId, request.body.actions);
      const id = newId(clock.now());
      const secret = `${WEBHOOK_SECRET_PREFIX}${randomBytes(SECRET_BYTES).toString("base64")}`;
      const sealedSecret = secretBox.seal(secret, inboundRouteSecretContext(id));
      const wanted = { id, pattern, actions, position, enabled, sealedSecret };
      const route = await insertInboundRoute(db, actorOf(request), wanted, MAX_INBOUND_ROUTES);
      if (route === null)
        throw new ProblemError("limit-reached", `a project has at most ${MAX_INBOUND_ROUTES} inbound routes`);
      reply.code(201).header("location", `/inbound-routes/${id}`);
      return { ...shown(route), secret };
    },
  });

  app.route({
    method: "GET",
    url: "/inbound-routes",
    config: { scope: "routes:read" },
    schema: {
      operationId: "listInboundRoutes",
      tags,
      summary: "List inbound routes",
      response: { 200: InboundRouteList, ...refusals() },
    },
    handler: async (request) => ({
      inbound_routes: (await listInboundRoutes(db, callerOf(request).projectId)).map(shown),
    }),
  });

  app.route({
    method: "GET",
    url: "/inbound-routes/:id",
    config: { scope: "routes:read" },
    schema: {
      operationId: "getInboundRoute",
      tags,
      summary: "Read an inbound route",
      params,
      response: { 200: ref(InboundRoute), ...refusals("not-found") },
    },
    handler: async (request) => shown(await find(callerOf(request).projectId, request.params.id)),
  });

  app.route({
    method: "GET",
    url: "/inbound-routes/:id/posts",
    config: { scope: "routes:read" },
    schema: {
      operationId: "listInboundPosts",
      tags,
      summary: "See what became of a route's posts",
      description: "Posts that ended are shown for 30 days.",
      params,
      response: { 200: InboundPostList, ...refusals("not-found") },
    },
    handler: async (request) => {
      const route = await find(callerOf(request).projectId, request.params.id);
      return { posts: (await listInboundPosts(db, route.id, SHOWN_POSTS)).map(shownPost) };
    },
  });

  app.route({
    method: "PATCH",
    url: "/inbound-routes/:id",
    config: { scope: "routes:write" },
    schema: {
      operationId: "changeInboundRoute",
      tags,
      summary: "Change an inbound route",
      description: "What is absent stays. What already waits to be posted goes where it was to go.",
      params,
      body: InboundRoutePatch,
      response: { 200: ref(InboundRoute), ...refusals(...bodyRefusals, "not-found") },
    },
    handler: async (request) => {
      const { projectId } = callerOf(request);
      const { id } = await find(projectId, request.params.id);
      const { pattern, actions, position, enabled } = request.body;
      const changed = await updateInboundRoute(db, actorOf(request), id, {
        ...(pattern !== undefined && { pattern: readPattern(pattern) }),
        ...(actions !== undefined && { actions: await readInboundActions(db, projectId, actions) }),
        ...(position !== undefined && { position }),
        ...(enabled !== undefined && { enabled }),
      });
      if (changed === null) throw noSuchRoute();
      return shown(changed);
    },
  });

  app.route({
    method: "DELETE",
    url: "/inbound-routes/:id",
    config: { scope: "routes:write" },
    schema: {
      operationId: "deleteInboundRoute",
      tags,
      summary: "Delete an inbound route",
      description: "What still waits to be posted for it is not posted any more.",
      params,
      response: { 204: Type.Null({ description: "Deleted." }), ...refusals("not-found") },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      if (!isId(id) || !(await deleteInboundRoute(db, actorOf(request), id))) throw noSuchRoute();
      reply.code(204);
      return null;
    },
  });
}

function noSuchRoute(): ProblemError {
  return new ProblemError("not-found", "this project has no inbound route with this id");
}

function readPattern(text: string): string {
  const read = readRoutePattern(text.trim());
  if (read.kind === "invalid") throw invalid([{ field: "pattern", message: read.reason }]);
  return read.pattern;
}

function shown(route: StoredInboundRoute): Static<typeof InboundRoute> {
  return {
    id: route.id,
    pattern: route.pattern,
    position: route.position,
    actions: route.actions.map(shownInboundAction),
    enabled: route.enabled,
    created_at: route.createdAt.toISOString(),
  };
}

function shownPost(post: InboundPost): Static<typeof InboundPostList>["posts"][number] {
  return {
    id: post.id,
    mail_id: post.mailId,
    recipients: post.recipients,
    url: post.url,
    state: post.state,
    attempts: post.attempts,
    next_attempt_at: post.dueAt?.toISOString() ?? null,
    status: post.status,
    error: post.error,
    received_at: new Date(idTimeMs(post.id)).toISOString(),
  };
}
