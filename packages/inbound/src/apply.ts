import { aboutRecipient, bounceKind, newEvent } from "@waxwing/events";
import { type DeliveryReport, type DsnRecipient, judgeBounce, type ParsedMessage } from "@waxwing/message";
import type { NewEvent, NewSuppression, RecipientState } from "@waxwing/store";
import type { MailClass } from "./classify.ts";
import type { Correlation } from "./correlate.ts";
import { printable } from "./printable.ts";

/** What a mail changes beside being filed; stored in the transaction that files it. */
export interface Consequences {
  readonly events: readonly NewEvent[];
  readonly bouncedRecipients: readonly {
    readonly messageId: string;
    readonly ordinal: number;
    readonly reply: string;
  }[];
  readonly suppressions: readonly NewSuppression[];
}

/** `too-early`: delivery to the recipient has not ended for us; the bounce is quicker than the record of what it bounces. */
export type Application = ({ readonly kind: "consequences" } & Consequences) | { readonly kind: "too-early" };

/**
 * The bounce of a delivery that we are about to record, or that ended without an answer and will be tried again: a state set now
 * would be overwritten. The reporting server keeps the bounce and comes back with it.
 */
const UNFINISHED: ReadonlySet<RecipientState> = new Set(["queued", "sending", "deferred"]);

/** Feedback types that say "no more of this" (RFC 5965 §7.3, and two that reporters kept from its drafts); `not-spam` does not. */
const UNWANTED: ReadonlySet<string> = new Set(["abuse", "fraud", "virus", "opt-out", "opt-out-list"]);

/**
 * The application stage: what a classified and correlated mail changes. Pure. Bounces and complaints count only when proven: a
 * forged report must not stop anybody's mail. Only a
 * delivered recipient can bounce, and only once.
 */
export function apply(
  mail: { readonly parsed: ParsedMessage; readonly mailClass: MailClass },
  correlations: readonly Correlation[],
  nowMs: number,
): Application {
  const events: NewEvent[] = [];
  const bouncedRecipients: Consequences["bouncedRecipients"][number][] = [];
  const suppressions: NewSuppression[] = [];
  for (const correlation of correlations) {
    const { message, recipient } = correlation;
    const subject = {
      projectId: message.projectId,
      messageId: message.id,
      ordinal: recipient?.ordinal ?? null,
    };
    const { mailClass, parsed } = mail;
    if (mailClass.kind === "delivery-report" && correlation.kind === "proven") {
      const failure = failureOf(mailClass.report, correlation.recipient.address);
      if (failure === null) continue;
      if (UNFINISHED.has(correlation.recipient.state)) return { kind: "too-early" };
      const bounce = describeBounce(mailClass.report, failure);
      const verdict = judgeBounce(failure.status);
      if (correlation.recipient.state === "delivered") {
        bouncedRecipients.push({ ...correlationRef(correlation), reply: bounce.reply });
        const about = aboutRecipient({ ...message, address: correlation.recipient.address });
        const attempt = correlation.recipient.attempts.length;
        const told = { ...about, ...bounce, attempt, ...bounceKind(verdict), cause: "report" } as const;
        events.push(newEvent(subject, "bounced", told, nowMs));
      }
      suppressions.push({
        ...suppressionOf(correlation),
        reason: verdict,
        status: failure.status || null,
        detail: bounce.reply,
      });
    } else if (mailClass.kind === "complaint" && correlation.kind === "proven") {
      const { feedbackType, userAgent } = mailClass.report;
      if (!UNWANTED.has(feedbackType)) continue;
      const about = aboutRecipient({ ...message, address: correlation.recipient.address });
      const complaint = { feedback_type: feedbackType, reporter: printable(userAgent) };
      events.push(newEvent(subject, "complained", { ...about, ...complaint }, nowMs));
      suppressions.push({ ...suppressionOf(correlation), reason: "complained", detail: feedbackType });
    } else if (mailClass.kind === "reply") {
      const from = parsed.from[0]?.address ?? "";
      const about = aboutRecipient({ ...message, address: recipient?.address ?? printable(from) });
      const reply = { from: printable(from), subject: printable(parsed.subject) };
      events.push(newEvent(subject, "replied", { ...about, ...reply }, nowMs));
    }
  }
  return { kind: "consequences", events, bouncedRecipients, suppressions };
}

type Proven = Extract<Correlation, { kind: "proven" }>;

const correlationRef = ({ message, recipient }: Proven) => ({
  messageId: message.id,
  ordinal: recipient.ordinal,
});

const suppressionOf = ({ message, recipient }: Proven) => ({
  projectId: message.projectId,
  address: recipient.address.toLowerCase(),
  messageId: message.id,
});

/**
 * What the report says of our recipient when delivery failed, or null. The token tells who that is, so a report that names only
 * an address the mail was forwarded to counts too; one that names our recipient with another fate does not.
 */
function failureOf(report: DeliveryReport, address: string): DsnRecipient | null {
  const ours = report.recipients.find(({ finalRecipient, originalRecipient }) =>
    [finalRecipient, originalRecipient].some((named) => named?.toLowerCase() === address.toLowerCase()),
  );
  const about = ours ?? report.recipients.find(({ action }) => action === "failed");
  return about?.action === "failed" ? about : null;
}

function describeBounce(
  report: DeliveryReport,
  failure: DsnRecipient,
): {
  readonly reply: string;
  readonly code?: number;
  readonly enhanced_code?: string;
  readonly host?: string;
} {
  const host = failure.remoteMta ?? report.reportingMta;
  const code = /^([45]\d\d)(?:[ -]|$)/.exec(failure.diagnosticCode ?? "")?.[1];
  const silent = `${report.reportingMta || "the server"} reports status ${failure.status || "failed"}`;
  return {
    reply: printable(failure.diagnosticCode ?? silent),
    ...(code !== undefined && { code: Number(code) }),
    ...(failure.status !== "" && { enhanced_code: failure.status }),
    ...(host !== "" && { host: printable(host) }),
  };
}
