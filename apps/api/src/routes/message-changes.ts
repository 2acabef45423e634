import { type CancelMessage, type RescheduleMessage, readSendTime } from "@waxwing/outbound";
import { type Clock, isId } from "@waxwing/runtime";
import { type Database, findMessage } from "@waxwing/store";
import { Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { callerOf } from "../guard.ts";
import { ProblemError } from "../problems.ts";
import { Cancellation, Reschedule, Rescheduled } from "../schemas/message-changes.ts";
import { refusals } from "../schemas/problem.ts";
import { invalid } from "../validator.ts";
import { noSuchMessage } from "./messages.ts";

/** `POST /messages/:id/cancel` and `PATCH /messages/:id`: what can still be changed about a message before it is delivered. */
export function messageChangeRoutes(
  app: ApiInstance,
  options: {
    readonly db: Database;
    readonly cancel: CancelMessage;
    readonly reschedule: RescheduleMessage;
    readonly clock: Clock;
  },
): void {
  const { db, cancel, reschedule, clock } = options;

  app.route({
    method: "POST",
    url: "/messages/:id/cancel",
    config: { scope: "send" },
    schema: {
      operationId: "cancelMessage",
      tags: ["Messages"],
      summary: "Cancel a message",
      description:
        "Cancels every recipient that waits, for the first attempt or another one. Recipients that are being delivered at this moment are left alone and shown as `sending`.",
      params: Type.Object({ id: Type.String() }),
      response: { 200: Cancellation, ...refusals("not-found") },
    },
    handler: async (request) => {
      const { id } = request.params;
      const { projectId } = callerOf(request);
      if (!isId(id)) throw noSuchMessage();
      const cancelled = await cancel(projectId, id);
      const found = cancelled === null ? null : await findMessage(db, projectId, id);
      if (cancelled === null || found === null) throw noSuchMessage();
      return {
        id,
        cancelled: cancelled.length,
        recipients: found.recipients.map(({ ordinal, address, state }) => ({
          id: `${id}.${ordinal}`,
          email: address,
          state,
        })),
      };
    },
  });

  app.route({
    method: "PATCH",
    url: "/messages/:id",
    config: { scope: "send" },
    schema: {
      operationId: "rescheduleMessage",
      tags: ["Messages"],
      summary: "Reschedule a message",
      description:
        "Moves a message to another time, as long as no attempt at any of its recipients has begun. Its `ttl_seconds` count from the new time.",
      params: Type.Object({ id: Type.String() }),
      body: Reschedule,
      response: {
        200: Rescheduled,
        ...refusals(
          "invalid-request",
          "malformed-body",
          "not-found",
          "delivery-begun",
          "too-large",
          "unsupported-media-type",
        ),
      },
    },
    handler: async (request) => {
      const { id } = request.params;
      const { projectId } = callerOf(request);
      if (!isId(id)) throw noSuchMessage();
      const nowMs = clock.now();
      const time = readSendTime(request.body.send_at, nowMs);
      if (time.kind === "invalid") throw invalid([{ field: "send_at", message: time.reason }]);
      const sendAtMs = time.sendAtMs ?? nowMs;
      switch (await reschedule(projectId, id, sendAtMs)) {
        case "moved":
          return { id, send_at: new Date(sendAtMs).toISOString() };
        case "begun":
          throw new ProblemError("delivery-begun", "an attempt has begun, or nothing of the message waits");
        case "not-found":
          throw noSuchMessage();
      }
    },
  });
}
