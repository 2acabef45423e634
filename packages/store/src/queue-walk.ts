import { type Actor, recordAudit } from "./audit-log.ts";
import type { RecipientRef } from "./claim.ts";
import type { Database } from "./database.ts";
import type { HoldKind } from "./holds.ts";

/** Which waiting recipients are meant: those of one message, or of what a hold can be on; of one project, or with null of all. */
export interface QueueSelection {
  readonly kind: HoldKind | "message";
  readonly value: string;
  readonly projectId: string | null;
}

/** A step of a walk through the queue. */
export interface QueueStep {
  /** Recipients of the selection, in the order of the walk. */
  readonly found: readonly RecipientRef[];
  /** Where the next step goes on; null at the end of the queue. */
  readonly next: RecipientRef | null;
}

/** Rows of the backlog that one step looks at: a fraction of a second, whatever the selection. */
const LOOKED_AT = 10_000;

/** SQL that is true where `b` belongs to the selection; $4 is its value. */
const BELONGS: Readonly<Record<QueueSelection["kind"], string>> = {
  site: "split_part(b.site, '|', 1) = $4 OR b.site = $4",
  project: "b.project_id = $4::uuid",
  message: "b.message_id = $4::uuid",
  domain: `EXISTS (SELECT FROM recipients WHERE recipients.message_id = b.message_id AND recipients.ordinal = b.ordinal
                    AND lower(split_part(recipients.address, '@', -1)) = $4)`,
  tag: "EXISTS (SELECT FROM messages WHERE messages.id = b.message_id AND $4 = ANY (messages.tags))",
};

/**
 * What is wanted of them. `later`: put off after an attempt, or without one because its site is left alone, so that it can be tried
 * sooner; while a site is left alone that may be due. What waits for its `send_at` has been neither.
 */
const WANTED = {
  waiting: "b.leased_until IS NULL OR b.leased_until <= now()",
  later: `b.hold_id IS NULL AND b.lease_id IS NULL
          AND (b.attempt > 0 OR EXISTS (SELECT FROM recipients AS r WHERE r.message_id = b.message_id AND r.ordinal = b.ordinal
                                           AND r.state = 'deferred'))`,
} as const;

/**
 * Looks at the next rows of the backlog, in the order of its primary key, for recipients of a selection that no worker holds. A whole
 * walk reads the backlog once, in steps that lock nothing; what is accepted during it lies behind its end.
 *
 * @param after the `next` of the step before; null at the beginning
 */
export async function walkQueue(
  db: Database,
  selection: QueueSelection,
  wanted: keyof typeof WANTED,
  after: RecipientRef | null,
): Promise<QueueStep> {
  const { kind, value, projectId } = selection;
  const from = after ?? { messageId: kind === "message" ? value : LOWEST, ordinal: -1 };
  const { rows } = await db.pool.query<{
    message_id: string;
    ordinal: number;
    found: boolean;
    is_end: boolean;
  }>({
    name: `walk-queue-${kind}-${wanted}`,
    text: `
WITH looked AS MATERIALIZED (
  SELECT b.message_id, b.ordinal,
         ($3::uuid IS NULL OR b.project_id = $3) AND (${WANTED[wanted]}) AND (${BELONGS[kind]}) AS found
    FROM (SELECT * FROM backlog
           WHERE (message_id, ordinal) > ($1::uuid, $2::integer) ${kind === "message" ? "AND message_id = $4::uuid" : ""}
           ORDER BY message_id, ordinal LIMIT ${LOOKED_AT}) AS b
), numbered AS (
  SELECT *, count(*) OVER () AS total, row_number() OVER (ORDER BY message_id, ordinal) AS n FROM looked
)
SELECT message_id, ordinal, found, n = ${LOOKED_AT} AS is_end FROM numbered
 WHERE found OR n = ${LOOKED_AT} ORDER BY n`,
    values: [from.messageId, from.ordinal, projectId, value],
  });
  const refOf = (row: (typeof rows)[number]): RecipientRef => ({
    messageId: row.message_id,
    ordinal: row.ordinal,
  });
  const end = rows.find((row) => row.is_end);
  return {
    found: rows.filter((row) => row.found).map(refOf),
    next: end === undefined ? null : refOf(end),
  };
}

const LOWEST = "00000000-0000-0000-0000-000000000000";

/** Makes recipients due now that were put off after an attempt. Returns the lane of each one that was. */
export async function requeueRecipients(
  db: Database,
  refs: readonly RecipientRef[],
): Promise<readonly string[]> {
  const { rows } = await db.pool.query<{ site: string }>({
    name: "requeue-recipients",
    text: `
WITH chosen AS MATERIALIZED (
  SELECT b.message_id, b.ordinal FROM backlog AS b JOIN unnest($1::uuid[], $2::integer[]) AS wanted(message_id, ordinal)
      ON b.message_id = wanted.message_id AND b.ordinal = wanted.ordinal
   WHERE ${WANTED.later}
   ORDER BY b.message_id, b.ordinal
     FOR UPDATE OF b SKIP LOCKED
)
UPDATE backlog SET due_at = now() FROM chosen
 WHERE backlog.message_id = chosen.message_id AND backlog.ordinal = chosen.ordinal
RETURNING backlog.site`,
    values: [refs.map((ref) => ref.messageId), refs.map((ref) => ref.ordinal)],
  });
  return rows.map((row) => row.site);
}

/** Recipients whose time to live has ended although nobody claimed them: a lane that drains its site is given this long. */
const OVERDUE = "interval '5 seconds'";

/** Recipients that are overdue and that no worker holds, the oldest first. */
export async function findExpiredRecipients(db: Database, limit: number): Promise<readonly RecipientRef[]> {
  const { rows } = await db.pool.query<{ message_id: string; ordinal: number }>({
    name: "find-expired-recipients",
    text: `SELECT message_id, ordinal FROM backlog
            WHERE expires_at <= now() - ${OVERDUE} AND (leased_until IS NULL OR leased_until <= now())
            ORDER BY expires_at LIMIT $1`,
    values: [limit],
  });
  return rows.map((row) => ({ messageId: row.message_id, ordinal: row.ordinal }));
}

/** Writes down that somebody acts on the queue: before it begins, because it goes on in batches. */
export async function recordQueueAct(
  db: Database,
  actor: Actor,
  action: "queue.bounced" | "queue.requeued",
  selection: QueueSelection,
): Promise<void> {
  await recordAudit(db.pool, actor, action, `${selection.kind}:${selection.value}`);
}
