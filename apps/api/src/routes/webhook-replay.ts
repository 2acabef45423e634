import { isId } from "@waxwing/runtime";
import {
  type DeliverySelection,
  endReplay,
  LOG_START,
  type ReplayRange,
  replayDeliveries,
  startReplay,
} from "@waxwing/store";
import { type Static, Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import type { WebhookDependencies } from "../create-webhook.ts";
import { parseCursor } from "../event-cursor.ts";
import { actorOf, callerOf } from "../guard.ts";
import { readInstant } from "../instant.ts";
import { type FieldProblem, ProblemError } from "../problems.ts";
import { refusals } from "../schemas/problem.ts";
import { ReplayAnswer, ReplayRequest } from "../schemas/webhook-delivery.ts";
import { noSuchWebhook, webhookOf } from "../shown-webhook.ts";
import { invalid } from "../validator.ts";

type Replay = DeliverySelection | ({ readonly kind: "range" } & ReplayRange);

/** `/webhooks/:id/replay`: tells a webhook once more what it was told, or should have been. */
export function webhookReplayRoutes(
  app: ApiInstance,
  options: Pick<WebhookDependencies, "db" | "webhookQueue" | "log">,
): void {
  const { db, webhookQueue, log } = options;
  const tags = ["Webhooks"];
  const params = Type.Object({ id: Type.String() });

  app.route({
    method: "POST",
    url: "/webhooks/:id/replay",
    config: { scope: "webhooks:write" },
    schema: {
      operationId: "replayWebhook",
      tags,
      summary: "Tell a webhook once more",
      description:
        "Exactly one of `event`, `message`, `failed`, `after` and `from`. Events keep their ids and sequence numbers, so that a receiver that remembers them is not fooled. A stretch of the log is told beside what is new, up to where the webhook is now, with the filter that the webhook has now. A disabled webhook is told once it is enabled again.",
      params,
      body: ReplayRequest,
      response: {
        202: ReplayAnswer,
        ...refusals(
          "invalid-request",
          "malformed-body",
          "not-found",
          "replay-running",
          "too-large",
          "unsupported-media-type",
        ),
      },
    },
    handler: async (request, reply) => {
      const webhook = await webhookOf(db, callerOf(request).projectId, request.params.id);
      const replay = readReplayRequest(request.body);
      let replayed: number | null = null;
      if (replay.kind === "range") {
        const started = await startReplay(db, actorOf(request), webhook.id, replay);
        if (started === "unknown") throw noSuchWebhook();
        if (started === "running")
          throw new ProblemError("replay-running", "this webhook is being told a stretch of the log already");
      } else {
        replayed = await replayDeliveries(db, actorOf(request), webhook.id, replay);
        if (replayed === 0 && replay.kind === "event")
          throw new ProblemError("not-found", "this webhook has not been told of an event with this id");
      }
      // Should this fail, the next event or the sweeper wakes it.
      webhookQueue
        .wake([webhook.id])
        .catch((err: unknown) => log.warn({ event: "webhook.wake-failed", webhookId: webhook.id, err }));
      reply.code(202);
      return { replayed };
    },
  });

  app.route({
    method: "DELETE",
    url: "/webhooks/:id/replay",
    config: { scope: "webhooks:write" },
    schema: {
      operationId: "endWebhookReplay",
      tags,
      summary: "End a replay",
      description: "What has been told stays told. Without a replay under way nothing happens.",
      params,
      response: { 204: Type.Null({ description: "Ended." }), ...refusals("not-found") },
    },
    handler: async (request, reply) => {
      const webhook = await webhookOf(db, callerOf(request).projectId, request.params.id);
      await endReplay(db, webhook.id);
      reply.code(204);
      return null;
    },
  });
}

const WAYS = ["event", "message", "failed", "after", "from"] as const;

/** @throws ProblemError naming every field that is wrong. */
function readReplayRequest(body: Static<typeof ReplayRequest>): Replay {
  const errors: FieldProblem[] = [];
  const wrong = (field: string, message: string): void => void errors.push({ field, message });
  const ways = WAYS.filter((way) => body[way] !== undefined);
  if (ways.length !== 1) wrong("", `must have exactly one of ${WAYS.join(", ")}`);
  const id = (field: "event" | "message"): string => {
    const text = body[field];
    if (text !== undefined && !isId(text))
      wrong(field, `is not the id of ${field === "event" ? "an event" : "a message"}`);
    return text ?? "";
  };
  const position = (field: "after" | "until") => {
    const text = body[field];
    const read = text === undefined ? undefined : parseCursor(text);
    if (read === null) wrong(field, "is not a cursor of GET /events");
    return read ?? undefined;
  };
  const time = (field: "from" | "to"): number | undefined => {
    const text = body[field];
    const read = text === undefined ? undefined : readInstant(text);
    const isTime = read != null && read.getTime() >= 0;
    if (read !== undefined && !isTime) wrong(field, "must be ISO 8601 with offset: 2030-01-31T12:00:00Z");
    return isTime ? read.getTime() : undefined;
  };
  const eventId = id("event");
  const messageId = id("message");
  const [after, until, fromMs, toMs] = [position("after"), position("until"), time("from"), time("to")];
  if (body.failed === false) wrong("failed", "can only be true");
  if (body.until !== undefined && body.after === undefined) wrong("until", "goes with after");
  if (body.to !== undefined && body.from === undefined) wrong("to", "goes with from");
  if (fromMs !== undefined && toMs !== undefined && toMs <= fromMs) wrong("to", "must be later than from");
  if (errors.length > 0) throw invalid(errors);
  switch (ways[0]) {
    case "event":
      return { kind: "event", eventId };
    case "message":
      return { kind: "message", messageId };
    case "failed":
      return { kind: "failed" };
    default:
      return {
        kind: "range",
        after: after ?? LOG_START,
        ...(until !== undefined && { until }),
        ...(fromMs !== undefined && { fromMs }),
        ...(toMs !== undefined && { toMs }),
      };
  }
}
