import type { HoldOrders } from "@waxwing/outbound";
import { type Clock, isId } from "@waxwing/runtime";
import { type Database, findHold, type Hold, listHolds } from "@waxwing/store";
import { Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { actorOf, callerOf } from "../guard.ts";
import { readInstant } from "../instant.ts";
import { ProblemError } from "../problems.ts";
import { readSelection } from "../queue-selection.ts";
import { HoldList, HoldRequest, HoldView } from "../schemas/hold.ts";
import { refusals } from "../schemas/problem.ts";
import { invalid } from "../validator.ts";

/** `/holds`: mail that stays queued until somebody resumes it. */
export function holdRoutes(
  app: ApiInstance,
  options: { readonly db: Database; readonly orders: HoldOrders; readonly clock: Clock },
): void {
  const { db, orders, clock } = options;
  const tags = ["Queue"];
  const params = Type.Object({ id: Type.String() });

  app.route({
    method: "POST",
    url: "/holds",
    config: { scope: "queue:write" },
    schema: {
      operationId: "createHold",
      tags,
      summary: "Hold mail back",
      description:
        "What is held stays queued, and costs nothing. It counts on all workers within a second; deliveries under way end. Its time to live goes on: messages expire in time all the same. A hold on what is held already gets the new reason and end.",
      body: HoldRequest,
      response: {
        200: HoldView,
        201: HoldView,
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
      const until = body.until === undefined ? null : readInstant(body.until);
      if (body.until !== undefined && (until === null || until.getTime() <= clock.now()))
        throw invalid([{ field: "until", message: "must be ISO 8601 with offset, and lie ahead" }]);
      const { reason = "" } = body;
      if (reason.includes("\0") || !reason.isWellFormed())
        throw invalid([{ field: "reason", message: "contains what is not text" }]);
      const put = await orders.suspend(actorOf(request), {
        ...readSelection(callerOf(request), body),
        reason,
        until,
      });
      switch (put.kind) {
        case "created":
          reply.code(201).header("location", `/holds/${put.hold.id}`);
          return shown(put.hold);
        case "changed":
          return shown(put.hold);
        case "limit-reached":
          throw new ProblemError("limit-reached", "there are as many holds as there can be");
      }
    },
  });

  app.route({
    method: "GET",
    url: "/holds",
    config: { scope: "queue:read" },
    schema: {
      operationId: "listHolds",
      tags,
      summary: "List holds",
      description: "Those of the key's project; with a key of the platform's first project all there are.",
      response: { 200: HoldList, ...refusals() },
    },
    handler: async (request) => ({ holds: (await listHolds(db, ownerOf(callerOf(request)))).map(shown) }),
  });

  app.route({
    method: "GET",
    url: "/holds/:id",
    config: { scope: "queue:read" },
    schema: {
      operationId: "getHold",
      tags,
      summary: "Read a hold",
      params,
      response: { 200: HoldView, ...refusals("not-found") },
    },
    handler: async (request) => {
      const { id } = request.params;
      const hold = isId(id) ? await findHold(db, ownerOf(callerOf(request)), id) : null;
      if (hold === null) throw noSuchHold();
      return shown(hold);
    },
  });

  app.route({
    method: "DELETE",
    url: "/holds/:id",
    config: { scope: "queue:write" },
    schema: {
      operationId: "deleteHold",
      tags,
      summary: "Let held mail go",
      description: "What it kept is due at once, and nothing else.",
      params,
      response: { 204: Type.Null({ description: "Lifted." }), ...refusals("not-found") },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      const hold = isId(id) ? await orders.resume(actorOf(request), ownerOf(callerOf(request)), id) : null;
      if (hold === null) throw noSuchHold();
      reply.code(204);
      return null;
    },
  });
}

/** Operators see and lift the holds of everybody. */
const ownerOf = (caller: { readonly projectId: string; readonly isOperator: boolean }): string | null =>
  caller.isOperator ? null : caller.projectId;

function noSuchHold(): ProblemError {
  return new ProblemError("not-found", "there is no hold with this id");
}

function shown(hold: Hold) {
  return {
    id: hold.id,
    kind: hold.kind,
    value: hold.value,
    reason: hold.reason,
    until: hold.until?.toISOString() ?? null,
    platform: hold.projectId === null,
    key_id: hold.createdBy,
    created_at: hold.createdAt.toISOString(),
  };
}
