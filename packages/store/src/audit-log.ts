import { newId } from "@waxwing/runtime";
import { and, desc, eq, gte, lt, sql } from "drizzle-orm";
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
  | "domain.changed"
  | "domain.created"
  | "domain.deleted"
  | "domain.verified"
  | "domain.key-added"
  | "inbound-route.created"
  | "inbound-route.changed"
  | "inbound-route.deleted"
  | "egress-pool.created"
  | "egress-pool.changed"
  | "egress-pool.deleted"
  | "egress-source.created"
  | "egress-source.changed"
  | "egress-source.deleted"
  | "project.created"
  | "project.changed"
  | "project.deleted"
  | "api-key.changed"
  | "template.created"
  | "template.changed"
  | "template.deleted"
  | "template-version.created"
  | "template-version.changed"
  | "template-version.activated"
  | "template-version.deleted"
  | "hold.created"
  | "hold.changed"
  | "hold.lifted"
  | "app-password.created"
  | "app-password.deleted"
  | "mailbox-alias.created"
  | "mailbox-alias.deleted"
  | "mailbox.changed"
  | "mailbox.created"
  | "mailbox.deleted"
  | "mailbox.password-changed"
  | "route.created"
  | "route.changed"
  | "route.deleted"
  | "queue.bounced"
  | "queue.requeued"
  | "shaping-rule.created"
  | "shaping-rule.changed"
  | "shaping-rule.deleted"
  | "smtp-credential.created"
  | "smtp-credential.deleted"
  | "suppression.created"
  | "suppression.deleted"
  | "suppressions.deleted"
  | "suppressions.imported"
  | "tls-policy.created"
  | "tls-policy.changed"
  | "tls-policy.deleted"
  | "unsubscribe-group.created"
  | "unsubscribe-group.changed"
  | "unsubscribe-group.deleted"
  | "webhook.changed"
  | "webhook.created"
  | "webhook.deleted"
  | "webhook.disabled"
  | "webhook.replayed"
  | "webhook.secret-rotated";

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

/** Which entries of the audit log are asked for; null or absent: any. */
export interface AuditFilter {
  /** The beginning of the action, such as `api-key.`. */
  readonly actionPrefix?: string | undefined;
  readonly target?: string | undefined;
  /** From this time on. */
  readonly since?: Date | undefined;
  /** Before this time. */
  readonly until?: Date | undefined;
}

/** A page of a project's audit log, newest first. `before`: the id of the last entry of the page before, null at the start. */
export function listAuditLog(
  db: Database,
  projectId: string,
  page: { readonly before: string | null; readonly limit: number } & AuditFilter,
): Promise<AuditEntry[]> {
  const { before, limit, actionPrefix, target, since, until } = page;
  return db.orm
    .select()
    .from(auditLog)
    .where(
      and(
        eq(auditLog.projectId, projectId),
        before === null ? undefined : lt(auditLog.id, before),
        actionPrefix === undefined ? undefined : sql`starts_with(${auditLog.action}, ${actionPrefix})`,
        target === undefined ? undefined : eq(auditLog.target, target),
        since === undefined ? undefined : gte(auditLog.createdAt, since),
        until === undefined ? undefined : lt(auditLog.createdAt, until),
      ),
    )
    .orderBy(desc(auditLog.id))
    .limit(limit);
}
