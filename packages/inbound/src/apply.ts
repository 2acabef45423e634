import { aboutRecipient, newEvent } from "@waxwing/events";
import { readWrittenText } from "@waxwing/message";
import type { FilingConsequences, NewEvent, NewSuppression, RecipientState } from "@waxwing/store";
import { bounceOf } from "./apply-bounce.ts";
import type { Correlation } from "./correlate.ts";
import type { ExaminedMail } from "./examined-mail.ts";
import { printable } from "./printable.ts";

/** What a mail changes beside being filed; stored in the transaction that files it. */
export type Consequences = Required<
  Pick<FilingConsequences, "events" | "bouncedRecipients" | "suppressions" | "unsubscriptions">
>;

/** `too-early`: delivery to the recipient has not ended for us; the bounce is quicker than the record of what it bounces. */
export type Application = ({ readonly kind: "consequences" } & Consequences) | { readonly kind: "too-early" };

/**
 * The bounce of a delivery that we are about to record, or that ended without an answer and will be tried again: a state set now
 * would be overwritten. The reporting server keeps the bounce and comes back with it.
 */
const UNFINISHED: ReadonlySet<RecipientState> = new Set(["queued", "sending", "deferred"]);

/** Feedback types that say "no more of this" (RFC 5965 §7.3, and two that reporters kept from its drafts); `not-spam` does not. */
const UNWANTED: ReadonlySet<string> = new Set(["abuse", "fraud", "virus", "opt-out", "opt-out-list"]);

/** An event goes to every webhook; what is longer is in the mailbox. */
const MAX_REPLY_CHARS = 10_000;

/**
 * The application stage: what a classified and correlated mail changes. Pure.
 *
 * Invariant: nothing changes beyond what the mail has shown (see {@link Correlation}). A bounce counts only when proven, and only
 * for the recipient of its token, whomever the report names: a forged report must not stop anybody's mail. A complaint and a wish to
 * unsubscribe count also from whoever has the message; who only names it must besides write from the recipient's address, with DMARC
 * to vouch for it, to unsubscribe. Only a delivered recipient can bounce, and only once.
 *
 * @param asked the mail came to an address that is there to unsubscribe by
 */
export function apply(
  mail: ExaminedMail,
  correlations: readonly Correlation[],
  asked: { readonly toUnsubscribe: boolean },
): Application {
  const nowMs = mail.arrival.receivedAtMs;
  const { mailClass } = mail;
  const events: NewEvent[] = [];
  const bouncedRecipients: Consequences["bouncedRecipients"][number][] = [];
  const suppressions: NewSuppression[] = [];
  const unsubscriptions: Consequences["unsubscriptions"][number][] = [];
  for (const correlation of correlations) {
    const { kind, message, recipient } = correlation;
    const subject = {
      projectId: message.projectId,
      messageId: message.id,
      ordinal: recipient?.ordinal ?? null,
    };
    if (mailClass.kind === "delivery-report") {
      if (kind !== "proven") continue;
      const bounce = bounceOf(mailClass, correlation.recipient.address);
      if (bounce === null) continue;
      if (UNFINISHED.has(correlation.recipient.state)) return { kind: "too-early" };
      const { address, ordinal, attempts } = correlation.recipient;
      if (correlation.recipient.state === "delivered") {
        const softBounce = bounce.isSoft ? { softBounce: { projectId: message.projectId, address } } : {};
        bouncedRecipients.push({ messageId: message.id, ordinal, reply: bounce.told.reply, ...softBounce });
        const about = aboutRecipient({ ...message, address });
        const told = { ...about, ...bounce.told, attempt: attempts.length, cause: "report" } as const;
        events.push(newEvent(subject, "bounced", told, nowMs));
      }
      suppressions.push({
        ...suppressionOf(message, address),
        reason: bounce.told.verdict,
        status: bounce.status,
        class: bounce.told.class ?? null,
        detail: bounce.told.reply,
      });
    } else if (mailClass.kind === "complaint") {
      const { feedbackType, userAgent } = mailClass.report;
      if (kind === "claimed" || !UNWANTED.has(feedbackType)) continue;
      const { address } = correlation.recipient;
      const complaint = { feedback_type: feedbackType, reporter: printable(userAgent) };
      const about = aboutRecipient({ ...message, address });
      events.push(newEvent(subject, "complained", { ...about, ...complaint }, nowMs));
      suppressions.push({ ...suppressionOf(message, address), reason: "complained", detail: feedbackType });
    } else {
      const isProgram = mailClass.kind === "auto-reply";
      const leaves = !isProgram && (asked.toUnsubscribe || mailClass.verdict.reason === "unsubscribe");
      if (leaves && recipient !== null && mayUnsubscribe(mail, correlation)) {
        const group = message.options.unsubscribe?.group ?? null;
        const about = aboutRecipient({ ...message, address: recipient.address });
        const suppression = { ...suppressionOf(message, recipient.address), reason: "unsubscribed" } as const;
        unsubscriptions.push({
          suppression: { ...suppression, groupId: group ?? 0, detail: "by mail" },
          event: newEvent(subject, "unsubscribed", { ...about, group }, nowMs),
        });
      }
      if (!asked.toUnsubscribe && isAnswer(mail, correlation)) events.push(replied(mail, correlation));
    }
  }
  return { kind: "consequences", events, bouncedRecipients, suppressions, unsubscriptions };
}

/** Who writes to a reply address answers, even with a mail program that does not say so. */
function isAnswer({ mailClass }: ExaminedMail, { kind }: Correlation): boolean {
  return mailClass.kind !== "other" || kind === "addressed" || mailClass.verdict.class === "reply";
}

/** The link in the message asks for no more than having it. A sender address alone can be written by anybody. */
function mayUnsubscribe({ parsed, authentication }: ExaminedMail, { kind, recipient }: Correlation): boolean {
  if (kind !== "claimed") return true;
  const [sender, ...others] = parsed.from;
  return (
    authentication.dmarc.result === "pass" &&
    others.length === 0 &&
    sender !== undefined &&
    sender.address.toLowerCase() === recipient?.address.toLowerCase()
  );
}

function replied(mail: ExaminedMail, { message, recipient }: Correlation): NewEvent {
  const { parsed, authentication, arrival, mailClass } = mail;
  const from = printable(parsed.from[0]?.address ?? "");
  const about = aboutRecipient({ ...message, address: recipient?.address ?? from });
  const passed = authentication.dkim.find(({ result }) => result === "pass") ?? authentication.dkim[0];
  return newEvent(
    { projectId: message.projectId, messageId: message.id, ordinal: recipient?.ordinal ?? null },
    "replied",
    {
      ...about,
      from,
      subject: printable(parsed.subject),
      text: readWrittenText(arrival.raw, parsed.root, MAX_REPLY_CHARS).replaceAll("\0", ""),
      class: mailClass.verdict.reason === "mail" ? "person" : mailClass.verdict.reason,
      authentication: {
        spf: authentication.spf.result,
        dkim: passed?.result ?? "none",
        dmarc: authentication.dmarc.result,
      },
    },
    arrival.receivedAtMs,
  );
}

const suppressionOf = (message: { readonly projectId: string; readonly id: string }, address: string) => ({
  projectId: message.projectId,
  address: address.toLowerCase(),
  messageId: message.id,
});
