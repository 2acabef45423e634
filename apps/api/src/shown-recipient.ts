import {
  attemptAdvice,
  failureKind,
  holdAdvice,
  holdReason,
  isFailureClass,
  recipientAdvice,
} from "@waxwing/outbound";
import type { Hold, LoggedEvent, StoredAttempt, StoredRecipient } from "@waxwing/store";
import type { Static } from "typebox";
import type { Message } from "./schemas/message.ts";

type ShownRecipient = Static<typeof Message>["recipients"][number];

/**
 * A recipient as `GET /messages/:id` shows it, with the reason why it is where it is.
 *
 * @param hold the one that keeps it back; null: none
 * @param timeline of its message, oldest first: a bounce that came back by mail is in no attempt
 */
export function shownRecipient(
  messageId: string,
  recipient: StoredRecipient,
  hold: Hold | null,
  timeline: readonly LoggedEvent[],
): ShownRecipient {
  const last = timeline.findLast(
    ({ ordinal, type }) =>
      ordinal === recipient.ordinal && (type === "bounced" || type === "deferred" || type === "dropped"),
  );
  const { state } = recipient;
  return {
    id: `${messageId}.${recipient.ordinal}`,
    email: recipient.address,
    role: recipient.role,
    state,
    held: hold === null ? null : shownHold(hold),
    attempts: recipient.attempts.map(shownAttempt),
    advice:
      hold === null
        ? recipientAdvice({
            state,
            failure: typeof last?.payload.class === "string" ? last.payload.class : null,
            suppressed: last?.payload.suppression !== undefined,
          })
        : holdAdvice(hold),
    last_reply: recipient.reply,
    // What is held without an end has no time in the backlog that would mean anything.
    next_attempt_at: (hold === null ? recipient.nextAttemptAt : hold.until)?.toISOString() ?? null,
    updated_at: recipient.updatedAt.toISOString(),
  };
}

function shownHold(hold: Hold): NonNullable<ShownRecipient["held"]> {
  const { kind, value, until } = hold;
  return {
    kind,
    // A site may name the relay of another project, and its user.
    value: kind === "site" ? null : value,
    reason: holdReason(hold),
    until: until?.toISOString() ?? null,
  };
}

function shownAttempt(attempt: StoredAttempt): ShownRecipient["attempts"][number] {
  const failure = isFailureClass(attempt.class) ? attempt.class : null;
  const kind = failure === null ? null : failureKind(failure);
  return {
    number: attempt.number,
    outcome: attempt.outcome,
    started_at: attempt.startedAt.toISOString(),
    duration_ms: attempt.durationMs,
    host: attempt.host,
    remote_address: attempt.remoteAddress,
    tls: attempt.tls,
    tls_policy: attempt.tlsPolicy,
    code: attempt.replyCode,
    enhanced_code: attempt.enhancedCode,
    reply: attempt.reply,
    rule: attempt.rule,
    class: failure,
    sendgrid_class: kind?.sendgrid ?? null,
    kumomta_class: kind?.kumomta ?? null,
    scope: attempt.scope,
    egress: attempt.egress,
    conversation: attempt.conversation,
    advice: attemptAdvice(attempt),
  };
}
