import { createLoginThrottle, createPasswordVerifier } from "@waxwing/mailboxes";
import {
  type Accept,
  type AcceptTogether,
  type JointAcceptance,
  readMimeRecipient,
  readMimeSubmission,
  type Submission,
  type SubmissionRefusal,
} from "@waxwing/outbound";
import { type Refusal, refuse, type SmtpBackend } from "@waxwing/protocols";
import type { Clock, Logger, TokenVerifier } from "@waxwing/runtime";
import {
  type Database,
  listMailboxAddresses,
  type QuotaExcess,
  type RateStanding,
  type TakeRequest,
} from "@waxwing/store";
import { createSubmitterCheck } from "./authenticate.ts";
import { createKeyWatch } from "./key-watch.ts";
import { createMimeLookups } from "./lookups.ts";
import type { Submitter } from "./submitter.ts";

const ok = { kind: "ok" } as const;
const tryLater = refuse(451, "4.3.0", "Local error, try again later");
const notYourAddress = refuse(550, "5.7.1", "From has to be an address of the mailbox that has logged in");
const authenticateFirst = refuse(530, "5.7.0", "Authentication required");

/** The answers of a submission server: each accepted message is committed before its 250. No call ever throws. */
export function createSubmissionBackend(options: {
  readonly hostname: string;
  readonly db: Database;
  readonly accept: Accept;
  readonly acceptTogether: AcceptTogether;
  /** Counts a message against the rates of its key and project. */
  readonly takeRequest: TakeRequest;
  /** Null: only API keys are tokens. */
  readonly tokens: TokenVerifier | null;
  readonly clock: Clock;
  readonly log: Logger;
}): SmtpBackend<Submitter> {
  const { db, hostname, accept, acceptTogether, takeRequest, clock, log } = options;
  const isKeyGood = createKeyWatch(options);
  const lookups = createMimeLookups(options);
  // One message shares its statement with others (group commit); several that belong together have one of their own.
  const take = async (submissions: readonly Submission[]): Promise<JointAcceptance> => {
    const [only, ...others] = submissions;
    if (only === undefined || others.length > 0) return await acceptTogether(submissions);
    const accepted = await accept(only);
    return accepted.kind === "refused" ? accepted : { kind: "accepted", messages: [accepted] };
  };
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
        const read = await readMimeSubmission(
          {
            raw,
            envelope,
            submitter: principal,
            nowMs: clock.now(),
            hostname,
            remote: { sessionId: id, protocol },
          },
          lookups,
        );
        if (read.kind === "refused") return refuse(read.code, read.enhanced, read.text);
        if (principal.mailbox !== undefined) {
          const own = new Set(await listMailboxAddresses(db, principal.mailbox.id));
          if (read.submissions.some(({ from }) => !own.has(from.address.toLowerCase())))
            return notYourAddress;
        }
        const accepted = await take(read.submissions);
        if (accepted.kind === "refused") return refusalOf(accepted);
        const { messages } = accepted;
        const [first] = messages;
        if (first === undefined) throw new Error("a submission without messages");
        log.info({
          event: "submission.accepted",
          session: id,
          remote: remoteAddress,
          projectId: principal.projectId,
          keyId: principal.keyId,
          messageId: first.id,
          messages: messages.length,
          recipients: messages.reduce((sum, { recipients }) => sum + recipients.length, 0),
          sizeBytes: raw.length,
        });
        const others = messages.length === 1 ? "" : ` (first of ${messages.length})`;
        return { kind: "ok", queueId: `${first.id}${others}` };
      } catch (err) {
        log.error({ event: "submission.failed", session: id, err });
        return tryLater;
      }
    },
  };
}

function refusalOf(refused: SubmissionRefusal): Refusal {
  switch (refused.reason) {
    case "unverified-domain":
      return refuse(550, "5.7.1", unverifiedText(refused.domain, refused.advice));
    case "key-reused":
      return refuse(554, "5.6.0", "The Idempotency-Key was used for another message within the last day");
    case "unknown-pool":
      return refuse(550, "5.7.1", "There is no egress pool of the name that the message asks for");
    case "quota-exceeded":
      // RFC 5321 §4.5.3.1.10: 452 has the client try again later; for these recipients that is after midnight UTC.
      return refuse(452, "4.5.3", quotaText(refused.excess));
  }
}

/** RFC 5321 §4.5.3.1.5: a reply line has at most 512 octets, its codes and CRLF among them. */
const MAX_TEXT_CHARS = 480;

function unverifiedText(domain: string, advice: readonly string[]): string {
  const todo = advice.length > 0 ? advice.join("; ") : "add it under /domains and publish its DNS records";
  const text = `The domain ${domain} of From is not verified for this account: ${todo}`;
  return text.replace(/[^\x20-\x7e]+/g, "?").slice(0, MAX_TEXT_CHARS);
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
