import type { Database } from "./database.ts";
import type { suppressions } from "./schema/index.ts";

type Suppression = typeof suppressions.$inferSelect;

/** An address to put on record. It belongs to no group, has no status and no end where those are absent. */
export interface NewSuppression
  extends Pick<Suppression, "projectId" | "address" | "reason" | "detail" | "messageId"> {
  /** An unsubscribe group of this project; 0, all mail, when absent. */
  readonly groupId?: number;
  /** RFC 3463 enhanced status code. */
  readonly status?: string | null;
  /** What a bounce was about. */
  readonly class?: string | null;
  readonly expiresAt?: Date | null;
}

/** A suppression as {@link insertSuppressionsSql} reads it from JSON. */
export function suppressionRow(suppression: NewSuppression): Record<string, unknown> {
  return {
    project_id: suppression.projectId,
    address: suppression.address.toLowerCase(),
    reason: suppression.reason,
    group_id: suppression.groupId ?? 0,
    detail: suppression.detail,
    status: suppression.status ?? null,
    class: suppression.class ?? null,
    message_id: suppression.messageId,
    expires_at: suppression.expiresAt ?? null,
  };
}

/**
 * Inserts what {@link suppressionRow} made, an array of them as one JSON parameter; what is already on record stays as it is. Only
 * one that ends gives way: to one without an end, and when it has ended to any. Rows are locked in the order of their key (by code
 * points, whatever the collation of the database), so that two who write the same addresses do not wait for each other.
 *
 * @param parameter such as `$1`
 * @param join narrows the rows `s` down, for a part of a larger statement: `s` then has `message_id` and `ordinal`
 */
export function insertSuppressionsSql(parameter: string, join = ""): string {
  return `
  INSERT INTO suppressions (project_id, address, reason, group_id, detail, status, class, message_id, expires_at)
  SELECT DISTINCT ON (s.project_id, s.address COLLATE "C", s.reason, s.group_id)
         s.project_id, s.address, s.reason, s.group_id, s.detail, s.status, s.class, s.message_id, s.expires_at
    FROM json_to_recordset(${parameter}::json)
      AS s(project_id uuid, address text, reason text, group_id integer, detail text, status text, class text,
           message_id uuid, ordinal integer, expires_at timestamptz)
    ${join}
   ORDER BY s.project_id, s.address COLLATE "C", s.reason, s.group_id
  ON CONFLICT (project_id, address, reason, group_id) DO UPDATE
     SET detail = excluded.detail, status = excluded.status, class = excluded.class, message_id = excluded.message_id,
         expires_at = excluded.expires_at, created_at = now()
   WHERE suppressions.expires_at IS NOT NULL
     AND (excluded.expires_at IS NULL OR suppressions.expires_at <= now())`;
}

/** Puts an address on record. What is on record already, for the same reason and group, stays as it is. */
export async function suppress(db: Database, suppression: NewSuppression): Promise<void> {
  await db.pool.query(insertSuppressionsSql("$1"), [JSON.stringify([suppressionRow(suppression)])]);
}
