import { and, asc, eq } from "drizzle-orm";
import { type Actor, recordAudit } from "./audit-log.ts";
import type { Database } from "./database.ts";
import { tlsPolicies } from "./schema/index.ts";
import { inTransaction } from "./transaction.ts";

/** What a project asks of connections to a domain; `*` for all the others. */
export type TlsSetting = typeof tlsPolicies.$inferSelect;

/** The settings of a project by domain. */
export function listTlsSettings(db: Database, projectId: string): Promise<TlsSetting[]> {
  return db.orm
    .select()
    .from(tlsPolicies)
    .where(eq(tlsPolicies.projectId, projectId))
    .orderBy(asc(tlsPolicies.domain));
}

/**
 * Sets what a project asks of connections to a domain, in place of what it asked before. `limit-reached`: the project has `limit`
 * settings for other domains.
 */
export function putTlsSetting(
  db: Database,
  actor: Actor,
  setting: Pick<TlsSetting, "id" | "domain" | "policy">,
  limit: number,
): Promise<TlsSetting | "limit-reached"> {
  const { projectId } = actor;
  return inTransaction(db, async ({ client, orm }) => {
    // Two that are made at once must not both be the last one allowed.
    await client.query("SELECT FROM projects WHERE id = $1 FOR NO KEY UPDATE", [projectId]);
    const isThere = and(eq(tlsPolicies.projectId, projectId), eq(tlsPolicies.domain, setting.domain));
    const [changed] = await orm
      .update(tlsPolicies)
      .set({ policy: setting.policy })
      .where(isThere)
      .returning();
    if (changed !== undefined) {
      await recordAudit(client, actor, "tls-policy.changed", changed.id);
      return changed;
    }
    if ((await orm.$count(tlsPolicies, eq(tlsPolicies.projectId, projectId))) >= limit)
      return "limit-reached";
    const [made] = await orm
      .insert(tlsPolicies)
      .values({ ...setting, projectId })
      .returning();
    if (made === undefined) throw new Error("an insert without a row");
    await recordAudit(client, actor, "tls-policy.created", made.id);
    return made;
  });
}

/** Deletes the setting of a project for a domain. Returns whether there was one. */
export function deleteTlsSetting(db: Database, actor: Actor, domain: string): Promise<boolean> {
  return inTransaction(db, async ({ client, orm }) => {
    const [gone] = await orm
      .delete(tlsPolicies)
      .where(and(eq(tlsPolicies.projectId, actor.projectId), eq(tlsPolicies.domain, domain)))
      .returning();
    if (gone !== undefined) await recordAudit(client, actor, "tls-policy.deleted", gone.id);
    return gone !== undefined;
  });
}
