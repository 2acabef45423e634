import { type Accept, readSubmission, submissionLimits } from "@waxwing/outbound";
import type { Clock } from "@waxwing/runtime";
import type { ApiInstance } from "../api-instance.ts";
import { callerOf } from "../guard.ts";
import { ProblemError } from "../problems.ts";
import { refusals } from "../schemas/problem.ts";
import { SendAnswer, SendRequest } from "../schemas/send.ts";
import { invalid } from "../validator.ts";

/** `POST /send`: takes a message in. The 202 is sent after the commit (DESIGN section 3, invariant 1). */
export function sendRoute(
  app: ApiInstance,
  options: { readonly accept: Accept; readonly clock: Clock; readonly maxSendBodyBytes: number },
): void {
  const { accept, clock, maxSendBodyBytes } = options;
  app.route({
    method: "POST",
    url: "/send",
    bodyLimit: maxSendBodyBytes,
    config: { scope: "send" },
    schema: {
      operationId: "send",
      tags: ["Messages"],
      summary: "Send a message",
      description:
        "Answers when the message is stored durably; from then on it is delivered or its failure reported.",
      body: SendRequest,
      response: {
        202: SendAnswer,
        ...refusals(
          "invalid-request",
          "malformed-body",
          "domain-not-verified",
          "too-large",
          "unsupported-media-type",
        ),
      },
    },
    handler: async (request, reply) => {
      const reading = readSubmission(request.body, callerOf(request).projectId, clock.now());
      switch (reading.kind) {
        case "invalid":
          throw invalid(reading.errors);
        case "too-large":
          throw new ProblemError(
            "too-large",
            `the message has ${reading.sizeBytes} bytes; at most ${submissionLimits.messageBytes} are taken`,
          );
        case "submission": {
          const acceptance = await accept(reading.submission);
          if (acceptance.kind === "refused") throw notVerified(acceptance.domain);
          reply.code(202);
          return { id: acceptance.id, recipients: [...acceptance.recipients] };
        }
      }
    },
  });
}

/** The same whether the domain is unknown, unverified or another project's: whose it is, is nobody else's business. */
function notVerified(domain: string): ProblemError {
  const message = `is at ${domain}, which is not a verified sending domain of this project: add the domain and publish its DNS records`;
  return new ProblemError("domain-not-verified", `from ${message}`, { errors: [{ field: "from", message }] });
}
