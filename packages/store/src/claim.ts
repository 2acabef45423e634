import { idTimeMs } from "@waxwing/runtime";
import type { Database } from "./database.ts";
import { projectIsFree, siteIsFree } from "./holds.ts";
import { monthBucket } from "./partitions.ts";
import type { StoredHeaders, StoredOptions } from "./schema/index.ts";
import { BATCH_STATUS_SQL } from "./send-batches.ts";
import { suppressedSql } from "./suppressed-sql.ts";

/** A due recipient that now belongs to this lease. */
export interface ClaimedRecipient {
  readonly messageId: string;
  readonly ordinal: number;
  readonly projectId: string;
  readonly domainId: string;
  readonly address: string;
  /** 0 urgent, 1 standard, 2 bulk. */
  readonly priority: number;
  /** Number of this attempt, from 1. */
  readonly attempt: number;
  /** True when an earlier claim of this recipient ran out without an outcome: that attempt may have been delivered. */
  readonly interrupted: boolean;
  /** Why this project must not write to the address (any more), or null. */
  readonly suppressed: "bounced" | "complained" | "unsubscribed" | "manual" | "invalid" | null;
  readonly contentKind: "parts" | "mime";
  readonly contentHash: Buffer;
  readonly headers: StoredHeaders;
  readonly subject: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  /** When delivery may first have begun: acceptance, or `send_at`. */
  readonly startedAtMs: number;
  /** From `ttl_seconds`, or null. */
  readonly expiresAtMs: number | null;
  readonly options: StoredOptions;
  /** What the messages of one request share; null for a message that came alone. */
  readonly requestId: string | null;
  /** What was ordered for the message's batch; `expired`: a pause of more than 72 hours; null: send it. */
  readonly batchStatus: "pause" | "cancel" | "expired" | null;
}

/**
 * Claims up to `limit` due recipients of a site for `leaseMs`: one statement, rows that others hold are skipped. A claim takes
 * from the most urgent priority that waits and from no other; within it each waiting project has an equal share; within a
 * project the earliest due goes first. So it may return fewer than `limit` while more is due, but none only when nothing is.
 *
 * The pairs of priority and project are found by skipping through the claim index, one probe per pair, so that a claim costs the
 * same beside ten rows and ten million. Held sites and projects are passed over there (see holds.ts).
 */
export async function claimDueRecipients(
  db: Database,
  claim: {
    readonly site: string;
    readonly limit: number;
    readonly leaseId: string;
    readonly leaseMs: number;
  },
): Promise<readonly ClaimedRecipient[]> {
  const { rows } = await db.pool.query<ClaimRow>({
    name: "claim-due-recipients",
    text: CLAIM,
    values: [claim.site, claim.limit, claim.leaseId, claim.leaseMs / 1000],
  });
  return rows.map(claimedRecipient);
}

/**
 * Claims these recipients, whenever they are due: to end them, not to send. Those that a worker holds, and those that are finished by
 * now, are left out.
 */
export async function claimRecipients(
  db: Database,
  claim: { readonly refs: readonly RecipientRef[]; readonly leaseId: string; readonly leaseMs: number },
): Promise<readonly ClaimedRecipient[]> {
  const { rows } = await db.pool.query<ClaimRow>({
    name: "claim-recipients",
    text: CLAIM_THESE,
    values: [
      claim.refs.map((ref) => ref.messageId),
      claim.refs.map((ref) => ref.ordinal),
      claim.leaseId,
      claim.leaseMs / 1000,
    ],
  });
  return rows.map(claimedRecipient);
}

function claimedRecipient(row: ClaimRow): ClaimedRecipient {
  return {
    messageId: row.message_id,
    ordinal: row.ordinal,
    projectId: row.project_id,
    domainId: row.domain_id,
    address: row.address,
    priority: row.priority,
    attempt: row.attempt,
    interrupted: row.interrupted,
    suppressed: row.suppressed,
    contentKind: row.content_kind,
    contentHash: row.content_hash,
    headers: row.headers,
    subject: row.subject,
    metadata: row.metadata,
    tags: row.tags,
    startedAtMs: row.send_at?.getTime() ?? idTimeMs(row.message_id),
    expiresAtMs: row.expires_at?.getTime() ?? null,
    options: row.options,
    requestId: row.request_id,
    batchStatus: row.batch_status,
  };
}

interface ClaimRow {
  message_id: string;
  ordinal: number;
  project_id: string;
  domain_id: string;
  address: string;
  priority: number;
  attempt: number;
  interrupted: boolean;
  suppressed: ClaimedRecipient["suppressed"];
  content_kind: "parts" | "mime";
  content_hash: Buffer;
  headers: StoredHeaders;
  subject: string;
  metadata: Record<string, string>;
  tags: string[];
  send_at: Date | null;
  expires_at: Date | null;
  options: StoredOptions;
  request_id: string | null;
  batch_status: ClaimedRecipient["batchStatus"];
}

// `LATERAL (... LIMIT 1)` where EXISTS would say the same: EXISTS may be made a join that reads everything due first, and is where the
// planner takes a backlog for small that has grown since it was last analyzed.

/** How many (priority, project) pairs one claim looks at; more projects than a claim has rows cannot be served by it anyway. */
const MAX_PAIRS = 100;

/** What every claim ends with: takes the rows of `due` for lease $3 and $4 seconds, and reads what belongs to them. */
const TAKE_DUE = `, claimed AS (
  UPDATE backlog SET attempt = backlog.attempt + 1, lease_id = $3, leased_until = now() + make_interval(secs => $4), hold_id = NULL
    FROM due WHERE backlog.message_id = due.message_id AND backlog.ordinal = due.ordinal
  RETURNING backlog.message_id, backlog.ordinal, backlog.project_id, backlog.priority, backlog.attempt, due.interrupted
)
SELECT claimed.*, recipients.address, messages.domain_id, messages.content_kind, messages.content_hash, messages.headers,
       messages.subject, messages.metadata, messages.tags, messages.send_at, messages.expires_at, messages.options,
       messages.request_id, ${BATCH_STATUS_SQL} AS batch_status,
       ${suppressedSql({
         projectId: "claimed.project_id",
         address: "recipients.address",
         group: "(messages.options #>> '{unsubscribe,group}')::integer",
         bypass: "messages.options -> 'bypass'",
       })} AS suppressed
  FROM claimed
  JOIN recipients USING (message_id, ordinal)
  JOIN messages ON messages.id = claimed.message_id
  LEFT JOIN send_batches ON send_batches.id = messages.batch_id AND send_batches.project_id = claimed.project_id`;

const CLAIM = `
WITH RECURSIVE pairs AS (
  (SELECT priority, project_id, 1 AS n FROM backlog
    WHERE site = $1 AND ${siteIsFree("$1")} ORDER BY priority, project_id LIMIT 1)
  UNION ALL
  SELECT next.priority, next.project_id, pairs.n + CASE WHEN ${projectIsFree("next.project_id")} THEN 1 ELSE 0 END
    FROM pairs, LATERAL (
      SELECT priority, project_id FROM backlog
       WHERE site = $1 AND (priority, project_id) > (pairs.priority, pairs.project_id)
       ORDER BY priority, project_id LIMIT 1) AS next
   WHERE pairs.n < ${MAX_PAIRS}
), waiting AS MATERIALIZED (
  SELECT priority, project_id FROM pairs, LATERAL (
      SELECT FROM backlog
       WHERE site = $1 AND backlog.priority = pairs.priority AND backlog.project_id = pairs.project_id
         AND due_at <= now() AND (leased_until IS NULL OR leased_until <= now())
       LIMIT 1) AS one_due
   WHERE ${projectIsFree("pairs.project_id")}
), turn AS MATERIALIZED (
  SELECT priority, project_id, count(*) OVER () AS projects FROM waiting
   WHERE priority = (SELECT min(priority) FROM waiting)
), due AS MATERIALIZED (
  SELECT candidate.message_id, candidate.ordinal, candidate.lease_id IS NOT NULL AS interrupted
    FROM turn, LATERAL (
      SELECT message_id, ordinal, lease_id FROM backlog
       WHERE site = $1 AND priority = turn.priority AND project_id = turn.project_id
         AND due_at <= now() AND (leased_until IS NULL OR leased_until <= now())
       ORDER BY due_at
       LIMIT greatest(1, $2::integer / turn.projects)
         FOR UPDATE SKIP LOCKED) AS candidate
   LIMIT $2
)${TAKE_DUE}`;

const CLAIM_THESE = `
WITH due AS MATERIALIZED (
  SELECT backlog.message_id, backlog.ordinal, backlog.lease_id IS NOT NULL AS interrupted
    FROM backlog JOIN unnest($1::uuid[], $2::integer[]) AS wanted(message_id, ordinal)
      ON backlog.message_id = wanted.message_id AND backlog.ordinal = wanted.ordinal
   WHERE backlog.leased_until IS NULL OR backlog.leased_until <= now()
   ORDER BY backlog.message_id, backlog.ordinal
     FOR UPDATE OF backlog SKIP LOCKED
)${TAKE_DUE}`;

/** Extends a lease over everything it still holds. */
export async function renewLease(
  db: Database,
  leaseId: string,
  leaseMs: number,
  held: readonly RecipientRef[],
): Promise<void> {
  await db.pool.query({
    name: "renew-lease",
    text: `UPDATE backlog SET leased_until = now() + make_interval(secs => $2)
             FROM unnest($3::uuid[], $4::integer[]) AS held(message_id, ordinal)
            WHERE backlog.message_id = held.message_id AND backlog.ordinal = held.ordinal AND backlog.lease_id = $1`,
    values: [leaseId, leaseMs / 1000, held.map((ref) => ref.messageId), held.map((ref) => ref.ordinal)],
  });
}

/**
 * Ends every lease at once. Only for a process that knows no worker is alive: the owner of an embedded database, at its start.
 * What was leased counts as interrupted at its next claim.
 */
export async function expireLeases(db: Database): Promise<void> {
  await db.pool.query("UPDATE backlog SET leased_until = now() WHERE leased_until > now()");
}

/** A claimed recipient to be given back. */
export interface Released extends RecipientRef, Pick<ClaimedRecipient, "interrupted" | "attempt"> {
  /** The lane it belongs to; the one it is in when absent. */
  readonly site?: string;
}

/**
 * Gives claimed recipients back untried: the attempt they were claimed for has not begun. Where an earlier claim had run out without
 * an outcome, the next one still finds a lease that ran out. What the same worker has claimed again since is left alone. What changes
 * its lane falls due there now, as what has just come.
 */
export async function releaseClaims(db: Database, leaseId: string, held: readonly Released[]): Promise<void> {
  await db.pool.query({
    name: "release-claims",
    text: `UPDATE backlog SET attempt = backlog.attempt - 1, site = coalesce(held.site, backlog.site),
                  due_at = CASE WHEN held.site <> backlog.site THEN now() ELSE backlog.due_at END,
                  lease_id = CASE WHEN held.interrupted THEN $1::uuid END,
                  leased_until = CASE WHEN held.interrupted THEN now() END
             FROM unnest($2::uuid[], $3::integer[], $4::boolean[], $5::text[], $6::smallint[])
               AS held(message_id, ordinal, interrupted, site, attempt)
            WHERE backlog.message_id = held.message_id AND backlog.ordinal = held.ordinal AND backlog.lease_id = $1
              AND backlog.attempt = held.attempt`,
    values: [
      leaseId,
      held.map((ref) => ref.messageId),
      held.map((ref) => ref.ordinal),
      held.map((ref) => ref.interrupted),
      held.map((ref) => ref.site ?? null),
      held.map((ref) => ref.attempt),
    ],
  });
}

/** Names one recipient. */
export interface RecipientRef {
  readonly messageId: string;
  readonly ordinal: number;
}

/**
 * Loads the contents of claimed recipients: one statement. The key of the returned map is the hash in hexadecimal, the value
 * the Zstandard frame.
 */
export async function loadContents(
  db: Database,
  claimed: readonly Pick<ClaimedRecipient, "messageId" | "contentHash">[],
): Promise<ReadonlyMap<string, Buffer>> {
  const unique = new Map(
    claimed.map(({ messageId, contentHash }) => [
      contentHash.toString("hex"),
      monthBucket(idTimeMs(messageId)),
    ]),
  );
  const { rows } = await db.pool.query<{ hash: Buffer; zstd: Buffer }>({
    name: "load-contents",
    text: `SELECT hash, zstd FROM message_contents
             JOIN unnest($1::uuid[], $2::text[]) AS wanted(bucket, hex)
               ON message_contents.bucket = wanted.bucket AND message_contents.hash = decode(wanted.hex, 'hex')`,
    values: [[...unique.values()], [...unique.keys()]],
  });
  return new Map(rows.map((row) => [row.hash.toString("hex"), row.zstd]));
}

/**
 * When the site's next unclaimed recipient falls due that no hold keeps; null when it has none. Claimed ones are not counted: their worker records
 * an outcome, or the sweeper finds them when the lease has run out.
 */
export async function nextDueAt(db: Database, site: string): Promise<Date | null> {
  const { rows } = await db.pool.query<{ due: Date | null }>({
    name: "next-due-at",
    text: `WITH RECURSIVE pairs AS (
             (SELECT priority, project_id FROM backlog
               WHERE site = $1 AND ${siteIsFree("$1")} ORDER BY priority, project_id LIMIT 1)
             UNION ALL
             SELECT next.priority, next.project_id FROM pairs, LATERAL (
               SELECT priority, project_id FROM backlog
                WHERE site = $1 AND (priority, project_id) > (pairs.priority, pairs.project_id)
                ORDER BY priority, project_id LIMIT 1) AS next
           )
           SELECT min(head.due_at) AS due FROM pairs, LATERAL (
             SELECT due_at FROM backlog
              WHERE site = $1 AND priority = pairs.priority AND project_id = pairs.project_id
                AND (leased_until IS NULL OR leased_until <= now())
              ORDER BY due_at LIMIT 1) AS head
            WHERE ${projectIsFree("pairs.project_id")}`,
    values: [site],
  });
  return rows[0]?.due ?? null;
}

/** Sites that have recipients due now which no hold keeps, found by skipping through the claim index. For the sweeper. */
export async function sitesWithDueRecipients(db: Database): Promise<readonly string[]> {
  const { rows } = await db.pool.query<{ site: string }>(
    `WITH RECURSIVE heads AS (
       (SELECT site, priority, project_id FROM backlog ORDER BY site, priority, project_id LIMIT 1)
       UNION ALL
       SELECT next.site, next.priority, next.project_id FROM heads, LATERAL (
         SELECT site, priority, project_id FROM backlog
          WHERE (site, priority, project_id) > (heads.site, heads.priority, heads.project_id)
          ORDER BY site, priority, project_id LIMIT 1) AS next
     )
     SELECT DISTINCT site FROM heads, LATERAL (
         SELECT FROM backlog WHERE backlog.site = heads.site AND backlog.priority = heads.priority
            AND backlog.project_id = heads.project_id AND due_at <= now() AND (leased_until IS NULL OR leased_until <= now())
          LIMIT 1) AS one_due
      WHERE ${siteIsFree("heads.site")} AND ${projectIsFree("heads.project_id")}`,
  );
  return rows.map((row) => row.site);
}
