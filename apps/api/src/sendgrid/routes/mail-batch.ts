import { randomBytes } from "node:crypto";
import { type Database, findSendBatch, insertSendBatch } from "@waxwing/store";
import { Type } from "typebox";
import { callerOf } from "../../guard.ts";
import { isBatchId } from "../batch-id.ts";
import type { SendgridInstance } from "../dialect.ts";
import { sendgridError } from "../errors.ts";
import { EXTRA_TEXTS } from "../mail/texts.ts";

/** 32 characters of base64url, as many as SendGrid's have; nobody guesses the batch of another project. */
const ID_BYTES = 24;

/** `/v3/mail/batch`: ids by which scheduled mail is paused and cancelled together. */
export function mailBatchRoutes(app: SendgridInstance, options: { readonly db: Database }): void {
  const { db } = options;

  app.route({
    method: "POST",
    url: "/mail/batch",
    config: { scope: "send", sendgridScope: "mail.batch.create" },
    handler: async (request, reply) => {
      const batchId = randomBytes(ID_BYTES).toString("base64url");
      await insertSendBatch(db, { id: batchId, projectId: callerOf(request).projectId });
      reply.code(201);
      return { batch_id: batchId };
    },
  });

  app.route({
    method: "GET",
    url: "/mail/batch/:batch_id",
    config: { scope: "send", sendgridScope: "mail.batch.read" },
    schema: { params: Type.Object({ batch_id: Type.String() }) },
    handler: async (request) => {
      const { batch_id: batchId } = request.params;
      const { projectId } = callerOf(request);
      const batch = isBatchId(batchId) ? await findSendBatch(db, projectId, batchId) : null;
      // SendGrid's status for one that is not there, and so for another project's.
      if (batch === null) throw sendgridError("batch_id", EXTRA_TEXTS.batchIdUnknown);
      return { batch_id: batch.id };
    },
  });
}
