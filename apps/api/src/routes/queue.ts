import { laneName, type QueueActs, type QueueOrder, readLaneKey } from "@waxwing/outbound";
import { type Database, listLaneDepths } from "@waxwing/store";
import type { FastifyRequest } from "fastify";
import type { Static } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { actorOf, callerOf } from "../guard.ts";
import { formatPlace, parsePlace, readSelection } from "../queue-selection.ts";
import { refusals } from "../schemas/problem.ts";
import { BounceRequest, QueueActAnswer, QueuePage, QueueQuery, RequeueRequest } from "../schemas/queue.ts";
import { invalid } from "../validator.ts";

/** `/queue`: what waits, and orders for it. */
export function queueRoutes(
  app: ApiInstance,
  options: { readonly db: Database; readonly acts: QueueActs },
): void {
  const { db, acts } = options;
  const tags = ["Queue"];
  const bodyRefusals = ["invalid-request", "malformed-body", "too-large", "unsupported-media-type"] as const;

  app.route({
    method: "GET",
    url: "/queue",
    config: { scope: "queue:read" },
    schema: {
      operationId: "getQueue",
      tags,
      summary: "Read what waits, by destination",
      querystring: QueueQuery,
      response: { 200: QueuePage, ...refusals("invalid-request") },
    },
    handler: async (request) => {
      const { cursor = "0", limit = 100, platform } = request.query;
      const { projectId, isOperator } = callerOf(request);
      if (!/^\d{1,9}$/.test(cursor))
        throw invalid([{ field: "cursor", message: "is not a cursor of this API" }]);
      if (platform === "true" && !isOperator)
        throw invalid([{ field: "platform", message: "needs a key of the platform's first project" }]);
      const offset = Number(cursor);
      const owner = platform === "true" ? null : projectId;
      const lanes = await listLaneDepths(db, { projectId: owner, limit, offset });
      return {
        lanes: lanes.map(({ lane, depth, isMinimum, underWay, oldestAt, nextDueAt }) => ({
          ...readLaneKey(laneName(lane, isOperator)),
          depth,
          depth_is_minimum: isMinimum,
          under_way: underWay,
          oldest_at: oldestAt.toISOString(),
          next_due_at: nextDueAt.toISOString(),
        })),
        next: lanes.length === limit ? String(offset + limit) : null,
      };
    },
  });

  app.route({
    method: "POST",
    url: "/queue/requeue",
    config: { scope: "queue:write" },
    schema: {
      operationId: "requeue",
      tags,
      summary: "Try again now",
      description:
        "What waits for another attempt is due now. Messages before their `send_at`, and what is held, stay as they are.",
      body: RequeueRequest,
      response: { 200: QueueActAnswer, ...refusals(...bodyRefusals) },
    },
    handler: async (request) => shown(await acts.requeue(orderOf(request, request.body))),
  });

  app.route({
    method: "POST",
    url: "/queue/bounce",
    config: { scope: "queue:write" },
    schema: {
      operationId: "bounceQueued",
      tags,
      summary: "End what waits",
      description:
        "Its recipients are `bounced`, with an event of the type `operator`; their addresses are not suppressed. What a worker is delivering at the moment is left out.",
      body: BounceRequest,
      response: { 200: QueueActAnswer, ...refusals(...bodyRefusals) },
    },
    handler: async (request) => {
      const { reason } = request.body;
      if (/[\0\r\n]/.test(reason) || !reason.isWellFormed())
        throw invalid([{ field: "reason", message: "must be a line of text" }]);
      return shown(await acts.bounce({ ...orderOf(request, request.body), reason }));
    },
  });
}

function orderOf(request: FastifyRequest, body: Static<typeof RequeueRequest>): QueueOrder {
  const selection = readSelection(callerOf(request), body);
  const after = body.cursor === undefined ? null : parsePlace(body.cursor);
  if (body.cursor !== undefined && after === null)
    throw invalid([{ field: "cursor", message: "is not a cursor of this API" }]);
  return { actor: actorOf(request), selection, dryRun: body.dry_run === true, after };
}

function shown({ matched, changed, next }: Awaited<ReturnType<QueueActs["requeue"]>>) {
  return { matched, changed, next: next === null ? null : formatPlace(next) };
}
