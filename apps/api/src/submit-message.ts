import {
  type Accept,
  type RenderStoredTemplate,
  readSubmission,
  type SubmissionRefusal,
  type Submitter,
  submissionLimits,
} from "@waxwing/outbound";
import type { Clock } from "@waxwing/runtime";
import type { IdempotencyKey } from "@waxwing/store";
import type { Static } from "typebox";
import type { CheckGroup } from "./check-group.ts";
import { fillTemplate } from "./fill-template.ts";
import { ProblemError } from "./problems.ts";
import { quotaExceeded } from "./quota-exceeded.ts";
import type { SendAnswer, SendRequest } from "./schemas/send.ts";
import { invalid } from "./validator.ts";

/**
 * Takes one message in, from a body that fits its schema. When it resolves the message is stored durably.
 *
 * @throws ProblemError for a message that is refused.
 */
export type SubmitMessage = (
  body: Static<typeof SendRequest>,
  submitter: Submitter,
  idempotency?: IdempotencyKey,
) => Promise<Static<typeof SendAnswer>>;

/** What `POST /send` and the items of `POST /send/batch` share. */
export function createSubmitter(options: {
  readonly checkGroup: CheckGroup;
  readonly accept: Accept;
  readonly renderTemplate: RenderStoredTemplate;
  readonly clock: Clock;
}): SubmitMessage {
  const { checkGroup, accept, renderTemplate, clock } = options;
  return async (body, submitter, idempotency) => {
    const filled = await fillTemplate(body, submitter.projectId, renderTemplate);
    const reading = readSubmission(filled.body, submitter, clock.now());
    const errors = [...filled.errors, ...(await checkGroup(body, submitter.projectId))];
    if (errors.length > 0) {
      throw invalid([...errors, ...(reading.kind === "invalid" ? reading.errors : [])]);
    }
    switch (reading.kind) {
      case "invalid":
        throw invalid(reading.errors);
      case "too-large":
        throw new ProblemError(
          "too-large",
          `the message has ${reading.sizeBytes} bytes; at most ${submissionLimits.messageBytes} are taken`,
        );
      case "submission": {
        const acceptance = await accept({
          ...reading.submission,
          ...(idempotency !== undefined && { idempotency }),
        });
        if (acceptance.kind === "accepted")
          return { id: acceptance.id, recipients: [...acceptance.recipients] };
        throw refusalOf(acceptance, clock.now());
      }
    }
  };
}

/** What a client is told of a submission that was not taken. */
function refusalOf(refusal: SubmissionRefusal, nowMs: number): ProblemError {
  switch (refusal.reason) {
    case "key-reused":
      return keyReused();
    case "quota-exceeded":
      return quotaExceeded(refusal.excess, nowMs);
    case "unknown-pool":
      return invalid([{ field: "pool", message: "names no egress pool of this project" }]);
    case "unverified-domain":
      return notVerified(refusal.domain, refusal.advice);
  }
}

/** The refusal of a key that another request has used. */
export function keyReused(): ProblemError {
  return new ProblemError(
    "idempotency-key-reused",
    "this Idempotency-Key came with another request within the last 24 hours",
    { errors: [{ field: "idempotency-key", message: "was used for another request" }] },
  );
}

/** The same whether the domain is unknown or another project's: whose it is, is nobody else's business. */
function notVerified(domain: string, advice: readonly string[]): ProblemError {
  const message = `is at ${domain}, which is not a verified sending domain of this project: ${advice.length > 0 ? advice.join(" ") : "add the domain and publish its DNS records"}`;
  return new ProblemError("domain-not-verified", `from ${message}`, { errors: [{ field: "from", message }] });
}
