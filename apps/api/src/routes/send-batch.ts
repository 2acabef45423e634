import { setImmediate as nextTurn } from "node:timers/promises";
import type { Submitter } from "@waxwing/outbound";
import type { Logger } from "@waxwing/runtime";
import { type Database, type IdempotencyKey, takeBatchKey } from "@waxwing/store";
import type { Static } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { toProblem } from "../error-answers.ts";
import type { ExplainMessage } from "../explain-message.ts";
import { callerOf } from "../guard.ts";
import { PROBLEMS, type ProblemError, problemDocument } from "../problems.ts";
import { requestHash } from "../request-hash.ts";
import { refusals } from "../schemas/problem.ts";
import { IdempotencyHeaders, SendRequest } from "../schemas/send.ts";
import { BatchAnswer, type BatchResult, SendBatchRequest } from "../schemas/send-batch.ts";
import { keyReused, type SubmitMessage } from "../submit-message.ts";
import { createChecker } from "../validator.ts";

/** Items read in one turn of the event loop: reading is the part that nobody else gets in between. */
const ITEMS_PER_TURN = 50;

/**
 * `POST /send/batch`: takes up to 1,000 messages in, each for itself. They go through the same door as single ones at the same
 * time, and so share commits.
 *
 * With an Idempotency-Key each item is stored under the key and its position: a batch that broke off, here or on the way, goes on
 * where it had come to when it is sent again.
 */
export function sendBatchRoute(
  app: ApiInstance,
  options: {
    readonly db: Database;
    readonly submit: SubmitMessage;
    readonly explain: ExplainMessage;
    readonly log: Logger;
    readonly maxSendBodyBytes: number;
  },
): void {
  const { db, submit, explain, log, maxSendBodyBytes } = options;
  const checkItem = createChecker(SendRequest);

  const sendItem = async (
    body: unknown,
    submitter: Submitter,
    idempotency: IdempotencyKey | undefined,
  ): Promise<Static<typeof BatchResult>> => {
    try {
      const checked = checkItem(body);
      if (checked.kind === "invalid") return refused(await explain(checked.error, body, submitter));
      return { status: 202, ...(await submit(checked.value, submitter, idempotency)) };
    } catch (error) {
      const problem = toProblem(error);
      if (PROBLEMS[problem.problem].status >= 500)
        log.error({ event: "http.batch-item-failed", projectId: submitter.projectId, err: error });
      return refused(problem);
    }
  };

  app.route({
    method: "POST",
    url: "/send/batch",
    bodyLimit: maxSendBodyBytes,
    config: { scope: "send" },
    schema: {
      operationId: "sendBatch",
      tags: ["Messages"],
      summary: "Send up to 1,000 messages",
      description:
        "Each item is taken or refused for itself; the answer has one result per item, in order, when all that were taken are stored durably. The answer's own status says nothing of them. A body has at most 100,000 JSON values.",
      headers: IdempotencyHeaders,
      body: SendBatchRequest,
      response: {
        200: BatchAnswer,
        ...refusals(
          "invalid-request",
          "malformed-body",
          "idempotency-key-reused",
          "too-large",
          "unsupported-media-type",
        ),
      },
    },
    handler: async (request) => {
      const { body: items, headers } = request;
      const submitter = callerOf(request);
      const { projectId } = submitter;
      const key = headers["idempotency-key"];
      const batch =
        key === undefined ? undefined : { projectId, key, requestHash: requestHash("send/batch", items) };
      if (batch !== undefined && !(await takeBatchKey(db, batch))) throw keyReused();
      const results: Promise<Static<typeof BatchResult>>[] = [];
      for (const [item, body] of items.entries()) {
        if (item > 0 && item % ITEMS_PER_TURN === 0) await nextTurn();
        results.push(sendItem(body, submitter, batch && { ...batch, item }));
      }
      return { results: await Promise.all(results) };
    },
  });
}

function refused(problem: ProblemError): Static<typeof BatchResult> {
  const document = problemDocument(problem);
  return { status: document.status, problem: { ...document, errors: [...document.errors] } };
}
