import { createLoginThrottle, createPasswordVerifier } from "@waxwing/mailboxes";
import { type Accept, type Acceptance, readMimeRecipient, readMimeSubmission } from "@waxwing/outbound";
import { type Refusal, refuse, type SmtpBackend } from "@waxwing/protocols";
import type { Clock, Logger, TokenVerifier } from "@waxwing/runtime";
import type { Database, QuotaExcess, RateStanding, TakeRequest } from "@waxwing/store";
import { createSubmitterCheck } from "./authenticate.ts";
import { createKeyWatch } from "./key-watch.ts";
import type { Submitter } from "./submitter.ts";

const ok = { kind: "ok" } as const;
const tryLater = refuse(451, "4.3.0", "Local error, try again later");
const authenticateFirst = refuse(530, "5.7.0", "Authentication required");

/** The answers of a submission server: each accepted message is committed before its 250. No call ever throws. */
export function createSubmissionBackend(options: {
  readonly hostname: string;
  readonly db: Database;
  readonly accept: Accept;
  /** Counts a message against the rates of its key and project. */
  readonly takeRequest: TakeRequest;
  /** Null: only API keys are tokens. */
  readonly tokens: TokenVerifier | null;
  readonly clock: Clock;
  readonly log: Logger;
}): SmtpBackend<Submitter> {
  const { hostname, accept, takeRequest, clock, log } = options;
  const isKeyGood = createKeyWatch(options);
  const passwords = createPasswordVerifier({ clock });
  const throttle = createLoginThrottle({ clock });
  return {
    authenticate: createSubmitterCheck({ ...options, passwords, throttle }),
    // The reverse-path of what leaves is a signed one of ours, so what the client writes here, `<>` too, makes no difference.
    mailFrom: async ({ id, principal }) => {
      if (principal === null) return authenticateFirst;
      try {
        const rate = await takeRequest(principal);
        return rate.kind === "ok" ? ok : tooFast(rate.by);
      } catch (err) {
        log.error({ event: "submission.failed", session: id, err });
        return tryLater;
      }
    },
    rcptTo: async (_session, { address }) => {
      const recipient = readMimeRecipient(address);
      return recipient.kind === "refused" ? refuse(recipient.code, recipient.enhanced, recipient.text) : ok;
    },
    message: async (session, envelope, raw) => {
      const { id, principal, protocol, remoteAddress } = session;
      if (principal === null) return authenticateFirst;
      try {
        // RFC 4954 §6: 530 asks to authenticate, which the key will not pass.
        if (!(await isKeyGood(principal, remoteAddress))) return authenticateFirst;
        const read = readMimeSubmission({
          raw,
          envelope,
          submitter: principal,
          nowMs: clock.now(),
          hostname,
          remote: { sessionId: id, protocol },
        });
        if (read.kind === "refused") return refuse(read.code, read.enhanced, read.text);
        const accepted = await accept(read.submission);
        if (accepted.kind === "refused") return refusalOf(accepted);
        log.info({
          event: "submission.accepted",
          session: id,
          remote: remoteAddress,
          projectId: principal.projectId,
          keyId: principal.keyId,
          messageId: accepted.id,
          recipients: accepted.recipients.length,
          sizeBytes: raw.length,
        });
        return { kind: "ok", queueId: accepted.id };
      } catch (err) {
        log.error({ event: "submission.failed", session: id, err });
        return tryLater;
      }
    },
  };
}

function refusalOf(refused: Extract<Acceptance, { kind: "refused" }>): Refusal {
  switch (refused.reason) {
    case "unverified-domain":
      return refuse(550, "5.7.1", `The domain ${refused.domain} of From is not verified for this account`);
    case "key-reused":
      return refuse(554, "5.6.0", "The Idempotency-Key was used for another message within the last day");
    case "quota-exceeded":
      // RFC 5321 §4.5.3.1.10: 452 has the client try again later; for these recipients that is after midnight UTC.
      return refuse(452, "4.5.3", quotaText(refused.excess));
  }
}

function tooFast({ of, rate }: RateStanding): Refusal {
  const whose = of === "key" ? "this API key" : "this project";
  // RFC 3463 §3.8: a matter of policy, and of the moment.
  return refuse(450, "4.7.1", `Rate limit of ${whose} exceeded: ${rate} messages a second`);
}

function quotaText({ of, quota, used }: QuotaExcess): string {
  const whose = of === "key" ? "this API key" : "this project";
  return `Daily quota of ${whose} exceeded: ${used} of ${quota} recipients used, try again after midnight UTC`;
}
