import type { AttemptRow, RecordedOutcome } from "./outcomes.ts";
import type { RowType } from "./row-encoding.ts";

/*
 * The rows of the statement that records outcomes; see row-types.ts on changing them.
 */

export const RECORDED_OUTCOME: RowType<RecordedOutcome> = {
  name: "recorded_outcome",
  columns: [
    ["message_id", "uuid", ({ messageId }) => messageId],
    ["ordinal", "integer", ({ ordinal }) => ordinal],
    ["state", "text", ({ state }) => state],
    ["due_at", "timestamp with time zone", ({ dueAtMs }) => dueAtMs],
    ["reply", "text", ({ reply }) => reply],
    ["attempt", "smallint", ({ attempt }) => attempt],
  ],
};

/** An attempt with the outcome that it belongs to. */
interface RecordedAttempt {
  readonly outcome: RecordedOutcome;
  readonly attempt: AttemptRow;
}

export const RECORDED_ATTEMPT: RowType<RecordedAttempt> = {
  name: "recorded_attempt",
  columns: [
    ["message_id", "uuid", ({ outcome }) => outcome.messageId],
    ["ordinal", "integer", ({ outcome }) => outcome.ordinal],
    ["number", "smallint", ({ attempt }) => attempt.number],
    ["outcome", "text", ({ attempt }) => attempt.outcome],
    ["started_at", "timestamp with time zone", ({ attempt }) => attempt.startedAtMs],
    ["duration_ms", "integer", ({ attempt }) => attempt.durationMs],
    ["host", "text", ({ attempt }) => attempt.host],
    ["remote_address", "text", ({ attempt }) => attempt.remoteAddress],
    ["tls", "jsonb", ({ attempt }) => attempt.tls],
    ["tls_policy", "jsonb", ({ attempt }) => attempt.tlsPolicy],
    ["reply_code", "smallint", ({ attempt }) => attempt.replyCode],
    ["enhanced_code", "text", ({ attempt }) => attempt.enhancedCode],
    ["reply", "text", ({ attempt }) => attempt.reply],
    ["rule", "text", ({ attempt }) => attempt.rule],
    ["remote_spoke", "boolean", ({ attempt }) => attempt.remoteSpoke],
    ["class", "text", ({ attempt }) => attempt.class],
    ["scope", "text", ({ attempt }) => attempt.scope],
    ["egress", "text", ({ attempt }) => attempt.egress],
    ["conversation", "text", ({ attempt }) => attempt.conversation],
  ],
};

/** The attempts of an outcome, as rows. */
export const attemptsOf = (outcome: RecordedOutcome): RecordedAttempt[] =>
  outcome.attempts.map((attempt) => ({ outcome, attempt }));
