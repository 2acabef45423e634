import { attemptAdvice, failureKind, isFailureClass, recipientAdvice } from "@waxwing/outbound";
import type { LoggedEvent, StoredAttempt, StoredRecipient } from "@waxwing/store";
import type { Static } from "typebox";
import type { Message } from "./schemas/message.ts";

type ShownRecipient = Static<typeof Message>["recipients"][number];

/**
 * A recipient as `GET /messages/:id` shows it, with the reason why it is where it is.
 *
 * @param timeline of its message, oldest first: a bounce that came back by mail is in no attempt
 */
export function shownRecipient(
  messageId: string,
  recipient: StoredRecipient,
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
    attempts: recipient.attempts.map(shownAttempt),
    advice: recipientAdvice({
      state,
      failure: typeof last?.payload.class === "string" ? last.payload.class : null,
      suppressed: last?.payload.suppression !== undefined,
    }),
    last_reply: recipient.reply,
    next_attempt_at: recipient.nextAttemptAt?.toISOString() ?? null,
    updated_at: recipient.updatedAt.toISOString(),
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
