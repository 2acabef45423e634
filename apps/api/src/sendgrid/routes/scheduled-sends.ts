import type { LaneQueue } from "@waxwing/queue";
import type { Clock, Logger } from "@waxwing/runtime";
import {
  countOrderedSendBatches,
  type Database,
  findSendBatch,
  listOrderedSendBatches,
  orderSendBatch,
  type SendBatch,
  type SendBatchStatus,
} from "@waxwing/store";
import { Type } from "typebox";
import { callerOf } from "../../guard.ts";
import { isBatchId } from "../batch-id.ts";
import type { SendgridInstance } from "../dialect.ts";
import { MESSAGES, notFound, sendgridError } from "../errors.ts";
import { EXTRA_TEXTS } from "../mail/texts.ts";

/** Lists are answered whole. SendGrid allows ten orders at a time. */
const MAX_ORDERS = 1_000;

const status = Type.Union([Type.Literal("pause"), Type.Literal("cancel")]);
const NewOrder = Type.Object({ batch_id: Type.String(), status }, { additionalProperties: false });
const OrderChange = Type.Object({ status }, { additionalProperties: false });
const params = Type.Object({ batch_id: Type.String() });

/**
 * `/v3/user/scheduled_sends`: pauses and cancels batches before their time. An order counts for everything that is not being delivered
 * at that moment.
 */
export function scheduledSendRoutes(
  app: SendgridInstance,
  options: {
    readonly db: Database;
    readonly deliverLanes: Pick<LaneQueue, "wake">;
    readonly clock: Clock;
    readonly log: Logger;
  },
): void {
  const { db, deliverLanes, clock, log } = options;
  const config = (action: string) =>
    ({ scope: "send", sendgridScope: `user.scheduled_sends.${action}` }) as const;

  const find = async (projectId: string, batchId: string): Promise<SendBatch | null> =>
    isBatchId(batchId) ? await findSendBatch(db, projectId, batchId) : null;

  const order = async (projectId: string, batchId: string, wanted: SendBatchStatus | null): Promise<void> => {
    const ordered = await orderSendBatch(db, {
      projectId,
      batchId,
      status: wanted,
      at: new Date(clock.now()),
    });
    const sites = ordered?.sites ?? [];
    deliverLanes
      .wake(sites)
      .catch((err: unknown) => log.warn({ event: "lane.wake-failed", err, sites: sites.length }));
  };

  app.route({
    method: "POST",
    url: "/user/scheduled_sends",
    config: config("create"),
    schema: { body: NewOrder },
    handler: async (request, reply) => {
      const { batch_id: batchId, status: wanted } = request.body;
      const { projectId } = callerOf(request);
      const batch = await find(projectId, batchId);
      if (batch === null) throw sendgridError("batch_id", EXTRA_TEXTS.batchIdUnknown);
      if (batch.status !== null) throw sendgridError("batch_id", MESSAGES.batchOrdered);
      if ((await countOrderedSendBatches(db, projectId)) >= MAX_ORDERS)
        throw sendgridError(null, MESSAGES.tooManyOrders);
      await order(projectId, batchId, wanted);
      reply.code(201);
      return { batch_id: batchId, status: wanted };
    },
  });

  app.route({
    method: "GET",
    url: "/user/scheduled_sends",
    config: config("read"),
    handler: async (request) => (await listOrderedSendBatches(db, callerOf(request).projectId)).map(shown),
  });

  app.route({
    method: "GET",
    url: "/user/scheduled_sends/:batch_id",
    config: config("read"),
    schema: { params },
    handler: async (request) => {
      const batch = await find(callerOf(request).projectId, request.params.batch_id);
      return batch === null || batch.status === null ? [] : [shown(batch)];
    },
  });

  app.route({
    method: "PATCH",
    url: "/user/scheduled_sends/:batch_id",
    config: config("update"),
    schema: { params, body: OrderChange },
    handler: async (request, reply) => {
      const { projectId } = callerOf(request);
      const { batch_id: batchId } = request.params;
      const batch = await find(projectId, batchId);
      if (batch === null || batch.status === null) throw notFound(MESSAGES.batchNotFound);
      // Ordered again, a pause would begin anew.
      if (batch.status !== request.body.status) await order(projectId, batchId, request.body.status);
      return await reply.code(204).send();
    },
  });

  app.route({
    method: "DELETE",
    url: "/user/scheduled_sends/:batch_id",
    config: config("delete"),
    schema: { params },
    handler: async (request, reply) => {
      const { projectId } = callerOf(request);
      const { batch_id: batchId } = request.params;
      const batch = await find(projectId, batchId);
      if (batch === null || batch.status === null) throw notFound(MESSAGES.batchNotFound);
      await order(projectId, batchId, null);
      return await reply.code(204).send();
    },
  });
}

function shown({ id, status: ordered }: SendBatch) {
  return { batch_id: id, status: ordered };
}
