import { isId } from "@waxwing/runtime";
import {
  type Database,
  type DeliveryRow,
  findEvent,
  findWebhookDelivery,
  listWebhookDeliveries,
} from "@waxwing/store";
import { type Static, Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { callerOf } from "../guard.ts";
import { type FieldProblem, ProblemError } from "../problems.ts";
import { refusals } from "../schemas/problem.ts";
import {
  DeliveriesQuery,
  type Delivery,
  DeliveryPage,
  DeliveryWithTries,
} from "../schemas/webhook-delivery.ts";
import { shownLogEvent } from "../shown-event.ts";
import { webhookOf } from "../shown-webhook.ts";
import { invalid } from "../validator.ts";

const DEFAULT_LIMIT = 100;

/** `/webhooks/:id/deliveries`: what became of each event at a webhook, try by try. */
export function webhookDeliveryRoutes(app: ApiInstance, options: { readonly db: Database }): void {
  const { db } = options;
  const tags = ["Webhooks"];

  app.route({
    method: "GET",
    url: "/webhooks/:id/deliveries",
    config: { scope: "webhooks:read" },
    schema: {
      operationId: "listWebhookDeliveries",
      tags,
      summary: "List what a webhook was told",
      params: Type.Object({ id: Type.String() }),
      querystring: DeliveriesQuery,
      response: { 200: DeliveryPage, ...refusals("invalid-request", "not-found") },
    },
    handler: async (request) => {
      const webhook = await webhookOf(db, callerOf(request).projectId, request.params.id);
      const { cursor, limit = DEFAULT_LIMIT, state, type, message } = request.query;
      const errors: FieldProblem[] = [];
      if (cursor !== undefined && !isId(cursor))
        errors.push({ field: "cursor", message: "is not the next of an earlier answer" });
      if (message !== undefined && !isId(message))
        errors.push({ field: "message", message: "is not the id of a message" });
      // PostgreSQL takes no NUL in a text.
      if (type?.includes("\0")) errors.push({ field: "type", message: "contains what is not text" });
      if (errors.length > 0) throw invalid(errors);
      const page = await listWebhookDeliveries(db, {
        webhookId: webhook.id,
        before: cursor ?? null,
        limit,
        state,
        eventType: type,
        messageId: message,
      });
      return { deliveries: page.deliveries.map(shownDelivery), next: page.next };
    },
  });

  app.route({
    method: "GET",
    url: "/webhooks/:id/deliveries/:event",
    config: { scope: "webhooks:read" },
    schema: {
      operationId: "getWebhookDelivery",
      tags,
      summary: "Read every try to tell a webhook of an event",
      params: Type.Object({ id: Type.String(), event: Type.String() }),
      response: { 200: DeliveryWithTries, ...refusals("not-found") },
    },
    handler: async (request) => {
      const { projectId } = callerOf(request);
      const { id, event: eventId } = request.params;
      const webhook = await webhookOf(db, projectId, id);
      const delivery = isId(eventId) ? await findWebhookDelivery(db, webhook.id, eventId) : null;
      if (delivery === null)
        throw new ProblemError("not-found", "this webhook has not been told of an event with this id");
      const event = await findEvent(db, projectId, { xact: delivery.eventXact, id: eventId });
      return {
        ...shownDelivery(delivery),
        tries: [...delivery.tries],
        event: event === null ? null : shownLogEvent(event),
      };
    },
  });
}

function shownDelivery(row: DeliveryRow): Static<typeof Delivery> {
  return {
    event_id: row.eventId,
    event_type: row.eventType,
    message_id: row.messageId,
    sequence: row.sequence,
    state: row.state,
    attempts: row.attempts,
    due_at: row.dueAt?.toISOString() ?? null,
    status: row.status,
    error: row.error,
    duration_ms: row.durationMs,
    updated_at: row.updatedAt.toISOString(),
  };
}
