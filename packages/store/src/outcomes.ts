import { insertEventRowsSql, insertNew, type NewEvent, type NewMessage } from "./accept.ts";
import type { RecipientRef } from "./claim.ts";
import type { Database } from "./database.ts";
import { attemptsOf, RECORDED_ATTEMPT, RECORDED_OUTCOME } from "./recorded-rows.ts";
import { LOGGED_EVENT, queryWithRows, rowsSql } from "./row-types.ts";
import type { RecipientState, StoredTls, StoredTlsPolicy } from "./schema/index.ts";
import { countSoftBounces } from "./soft-bounces.ts";
import { insertSuppressionsSql, type NewSuppression, suppressionRow } from "./suppression-rows.ts";
import { inTransaction, type Queryable } from "./transaction.ts";

/** What one SMTP attempt came to, as it is kept. */
export interface AttemptRow {
  readonly number: number;
  readonly outcome: "delivered" | "deferred" | "bounced" | "unknown";
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly host: string | null;
  readonly remoteAddress: string | null;
  readonly tls: StoredTls | null;
  /** Absent where no connection was tried. */
  readonly tlsPolicy?: StoredTlsPolicy;
  readonly replyCode: number | null;
  readonly enhancedCode: string | null;
  readonly reply: string;
  readonly rule: string;
  readonly remoteSpoke: boolean;
  /** What a failure was about, and whom; null for a success. */
  readonly class: string | null;
  readonly scope: "message" | "recipient" | "connection" | "site" | null;
  /** The egress source; null where the system chose. */
  readonly egress: string | null;
  /** What was said; null where it is not kept. */
  readonly conversation: string | null;
}

/** The outcome of a claimed recipient: its new state, its attempts, its events. `dueAtMs` is null when it is finished. */
export interface RecordedOutcome extends RecipientRef {
  /** The claim's attempt number, which tells this claim from a later one of the same worker. */
  readonly attempt: number;
  readonly state: RecipientState;
  readonly dueAtMs: number | null;
  readonly reply: string;
  readonly attempts: readonly AttemptRow[];
  readonly events: readonly NewEvent[];
  /** What a bounce says of the address, to be put on record. */
  readonly suppression?: NewSuppression;
  /** The address as it is counted (see `countSoftBounces`), when it bounced for a reason that may pass. */
  readonly softBounce?: { readonly projectId: string; readonly address: string };
}

/**
 * Records outcomes of one lease: backlog, recipient, attempts and events in one statement and so in one transaction
 * (invariant 3). Recipients whose lease another worker has taken over meanwhile are left alone and counted in `lost`:
 * the worker that holds them now records its own outcome.
 *
 * @param follow makes messages that are stored in the same transaction, from the outcomes that were kept: a report is there exactly
 *   when what it reports is. Without it there is no second statement.
 */
export async function recordOutcomes(
  db: Database,
  leaseId: string,
  outcomes: readonly RecordedOutcome[],
  follow?: (lost: readonly RecipientRef[]) => Promise<readonly NewMessage[]>,
): Promise<{ readonly lost: readonly RecipientRef[] }> {
  const bounces = outcomes.flatMap(({ messageId, ordinal, softBounce }) =>
    softBounce === undefined ? [] : [{ ...softBounce, messageId, ordinal }],
  );
  if (follow === undefined && bounces.length === 0) return { lost: await record(db.pool, leaseId, outcomes) };
  return await inTransaction(db, async ({ client }) => {
    const lost = await record(client, leaseId, outcomes);
    const gone = new Set(lost.map(({ messageId, ordinal }) => `${messageId}.${ordinal}`));
    await countSoftBounces(
      client,
      bounces.filter(({ messageId, ordinal }) => !gone.has(`${messageId}.${ordinal}`)),
    );
    const messages = (await follow?.(lost)) ?? [];
    if (messages.length > 0) await insertNew(client, messages);
    return { lost };
  });
}

/** Returns those that were lost. */
async function record(
  client: Queryable,
  leaseId: string,
  outcomes: readonly RecordedOutcome[],
): Promise<readonly RecipientRef[]> {
  const rows = await queryWithRows<{ message_id: string; ordinal: number }>(client, {
    name: "record-outcomes",
    text: RECORD_OUTCOMES,
    values: (encode) => [
      leaseId,
      encode(RECORDED_OUTCOME, outcomes),
      encode(RECORDED_ATTEMPT, outcomes.flatMap(attemptsOf)),
      encode(
        LOGGED_EVENT,
        outcomes.flatMap(({ events }) => events),
      ),
      JSON.stringify(outcomes.flatMap(suppressionRows)),
    ],
  });
  if (rows.length === 0) return [];
  const lost = new Set(rows.map((row) => `${row.message_id}.${row.ordinal}`));
  return outcomes.filter((outcome) => lost.has(`${outcome.messageId}.${outcome.ordinal}`));
}

function suppressionRows({ messageId, ordinal, suppression }: RecordedOutcome): Record<string, unknown>[] {
  if (suppression === undefined) return [];
  return [{ ...suppressionRow(suppression), message_id: messageId, ordinal }];
}

// Every part reads `held`: rows that are still ours, with what is to become of them. Row locks taken there keep the lease from being
// taken over in between. It looks them up one by one, in one order: with a plain join the planner read the whole backlog each time until
// it was analyzed. The last condition is true of every row; it tells the planner to expect few, so that the other parts look theirs up
// as well. They must not join `wanted` anew: expecting few, the planner compared every row with every other. The answer is what is
// lost, which is nearly always nothing to write and to read.
const RECORD_OUTCOMES = `
WITH wanted AS MATERIALIZED (
  SELECT * FROM ${rowsSql("$2", RECORDED_OUTCOME)}
), held AS MATERIALIZED (
  SELECT ours.*
    FROM (SELECT * FROM wanted ORDER BY message_id, ordinal) AS ours, LATERAL (
      SELECT message_id, ordinal FROM backlog
       WHERE backlog.message_id = ours.message_id AND backlog.ordinal = ours.ordinal
         AND lease_id = $1 AND attempt = ours.attempt
         FOR UPDATE) AS locked
   WHERE locked.message_id = ours.message_id AND locked.ordinal = ours.ordinal
), finished AS (
  DELETE FROM backlog USING held
   WHERE backlog.message_id = held.message_id AND backlog.ordinal = held.ordinal AND held.due_at IS NULL
), deferred AS (
  UPDATE backlog SET due_at = held.due_at, lease_id = NULL, leased_until = NULL
    FROM held
   WHERE backlog.message_id = held.message_id AND backlog.ordinal = held.ordinal AND held.due_at IS NOT NULL
), new_states AS (
  UPDATE recipients SET state = held.state, reply = held.reply, attempts = held.attempt, updated_at = now()
    FROM held
   WHERE recipients.message_id = held.message_id AND recipients.ordinal = held.ordinal
), new_attempts AS (
  INSERT INTO attempts (message_id, ordinal, number, outcome, started_at, duration_ms, host, remote_address, tls, tls_policy,
                        reply_code,
                        enhanced_code, reply, rule, remote_spoke, class, scope, egress, conversation)
  SELECT a.message_id, a.ordinal, a.number, a.outcome, a.started_at, a.duration_ms, a.host, a.remote_address, a.tls,
         a.tls_policy, a.reply_code, a.enhanced_code, a.reply, a.rule, a.remote_spoke, a.class, a.scope, a.egress, a.conversation
    FROM ${rowsSql("$3", RECORDED_ATTEMPT)} AS a
    JOIN (SELECT message_id, ordinal FROM held) AS ours USING (message_id, ordinal)
), new_events AS (${insertEventRowsSql("$4")}
    JOIN (SELECT message_id, ordinal FROM held) AS ours USING (message_id, ordinal)
), new_suppressions AS (${insertSuppressionsSql("$5", "JOIN (SELECT message_id, ordinal FROM held) AS ours USING (message_id, ordinal)")}
)
SELECT message_id, ordinal FROM wanted WHERE (message_id, ordinal) NOT IN (SELECT message_id, ordinal FROM held)`;
