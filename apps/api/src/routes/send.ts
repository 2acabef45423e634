import type { ApiInstance } from "../api-instance.ts";
import type { ExplainMessage } from "../explain-message.ts";
import { callerOf } from "../guard.ts";
import { ProblemError } from "../problems.ts";
import { requestHash } from "../request-hash.ts";
import { refusals } from "../schemas/problem.ts";
import { IdempotencyHeaders, SendAnswer, SendRequest } from "../schemas/send.ts";
import type { SubmitMessage } from "../submit-message.ts";

/** `POST /send`: takes a message in. The 202 is sent after the commit (DESIGN section 3, invariant 1). */
export function sendRoute(
  app: ApiInstance,
  options: {
    readonly submit: SubmitMessage;
    readonly explain: ExplainMessage;
    readonly maxSendBodyBytes: number;
  },
): void {
  const { submit, explain, maxSendBodyBytes } = options;
  app.route({
    method: "POST",
    url: "/send",
    bodyLimit: maxSendBodyBytes,
    attachValidation: true,
    config: { scope: "send" },
    schema: {
      operationId: "send",
      tags: ["Messages"],
      summary: "Send a message",
      description:
        "Answers when the message is stored durably; from then on it is delivered or its failure reported.",
      headers: IdempotencyHeaders,
      body: SendRequest,
      response: {
        202: SendAnswer,
        ...refusals(
          "invalid-request",
          "malformed-body",
          "domain-not-verified",
          "idempotency-key-reused",
          "too-large",
          "unsupported-media-type",
        ),
      },
    },
    handler: async (request, reply) => {
      const { body, headers, validationError } = request;
      if (validationError instanceof ProblemError && validationError.validationContext === "body") {
        throw await explain(validationError, body, callerOf(request));
      }
      if (validationError !== undefined) throw validationError;
      const key = headers["idempotency-key"];
      const idempotency =
        key === undefined ? undefined : { key, item: -1, requestHash: requestHash("send", body) };
      const answer = await submit(body, callerOf(request), idempotency);
      reply.code(202);
      return answer;
    },
  });
}
