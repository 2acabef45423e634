import { idTimeMs } from "@waxwing/runtime";
import type { NewMessage, NewRecipient } from "./accept.ts";
import type { ClaimedRecipient } from "./claim.ts";
import { projectIsFree, siteIsFree } from "./holds.ts";
import { suppressedSql } from "./suppressed-sql.ts";

/*
 * First leases: recipients that are stored as claimed already, for a lane of the same process that waits for them. What the claim looks
 * at is looked at by the statement that stores them: holds on the site and the project, and suppressions. A process that dies with such
 * a row leaves a lease that runs out, as with any other claim.
 */

/** Who claims a recipient that is about to be stored, and for how long. */
export interface FirstLease {
  readonly leaseId: string;
  readonly leaseMs: number;
}

/** A recipient that was stored as claimed. */
export interface LeasedRow {
  readonly ordinal: number;
  readonly suppressed: ClaimedRecipient["suppressed"];
}

/** True of a row that gets its lease. */
export const IS_LEASED_SQL = `(lease_id IS NOT NULL AND ${siteIsFree("r.site")} AND ${projectIsFree("r.project_id")})`;

/** Values for the columns `attempt`, `lease_id` and `leased_until` of the backlog. */
export const FIRST_LEASE_SQL = `leased::integer, CASE WHEN leased THEN lease_id END,
         CASE WHEN leased THEN now() + make_interval(secs => lease_seconds) END`;

/**
 * What the statement answers of those that asked for a lease: the exceptions only, which are nearly always nothing to write and to
 * read. `unleased` waits in the backlog like any other.
 */
export const LEASE_EXCEPTIONS_SQL = `SELECT * FROM (
  SELECT message_id, CASE WHEN leased THEN 'leased' ELSE 'unleased' END AS kind, ordinal,
         CASE WHEN leased THEN ${suppressedSql({
           projectId: "rows.project_id",
           address: "rows.address",
           group: "rows.unsubscribe_group",
           bypass: "rows.bypass",
         })} END AS suppressed
    FROM rows WHERE lease_id IS NOT NULL OFFSET 0) AS asked
  WHERE kind = 'unleased' OR suppressed IS NOT NULL`;

/** The recipient as a claim would have returned it. */
export function leasedRecipient(
  message: NewMessage,
  recipient: NewRecipient,
  { suppressed }: LeasedRow,
): ClaimedRecipient {
  return {
    messageId: message.id,
    ordinal: recipient.ordinal,
    projectId: message.projectId,
    domainId: message.domainId,
    address: recipient.address,
    priority: message.priority,
    attempt: 1,
    interrupted: false,
    suppressed,
    contentKind: message.contentKind,
    contentHash: message.contentHash,
    headers: message.headers,
    subject: message.subject,
    metadata: message.metadata,
    tags: message.tags,
    startedAtMs: message.sendAtMs ?? idTimeMs(message.id),
    expiresAtMs: message.expiresAtMs,
    options: message.options,
    requestId: message.requestId,
    batchStatus: null,
  };
}
