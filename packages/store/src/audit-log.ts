import { newId } from "@waxwing/runtime";
import { and, desc, eq, lt } from "drizzle-orm";
import type pg from "pg";
import type { Database } from "./database.ts";
import { auditLog } from "./schema/index.ts";

export type AuditEntry = typeof auditLog.$inferSelect;

/** Who changes something: an API key, or with `keyId` null the platform itself. */
export interface Actor {
  readonly projectId: string;
  readonly keyId: string | null;
  readonly remoteAddress: string | null;
}

/** What is written down. */
export type AuditAction =
  | "api-key.created"
  | "api-key.deleted"
  | "domain.created"
  | "domain.deleted"
  | "domain.verified"
  | "domain.key-added"
  | "mailbox.created"
  | "mailbox.deleted"
  | "mailbox.password-changed"
  | "suppression.created"
  | "suppression.deleted"
  | "suppressions.imported";

/**
 * Writes down a change in the transaction of the change: neither is there without the other.
 *
 * @param target id or address of what was changed; never a secret
 */
export async function recordAudit(
  client: Pick<pg.PoolClient, "query">,
  actor: Actor,
  action: AuditAction,
  target: string,
): Promise<void> {
  await client.query(
    "INSERT INTO audit_log (id, project_id, key_id, action, target, remote_address) VALUES ($1, $2, $3, $4, $5, $6)",
    [newId(), actor.projectId, actor.keyId, action, target, actor.remoteAddress],
  );
}

/** A page of a project's audit log, newest first. `before`: the id of the last entry of the page before, null at the start. */
export function listAuditLog(
  db: Database,
  projectId: string,
  page: { readonly before: string | null; readonly limit: number },
): Promise<AuditEntry[]> {
  return db.orm
    .select()
    .from(auditLog)
    .where(
      and(eq(auditLog.projectId, projectId), page.before === null ? undefined : lt(auditLog.id, page.before)),
    )
    .orderBy(desc(auditLog.id))
    .limit(page.limit);
}
