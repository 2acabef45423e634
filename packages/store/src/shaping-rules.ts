import { asc, eq, sql } from "drizzle-orm";
import { type Actor, recordAudit } from "./audit-log.ts";
import type { Database } from "./database.ts";
import { shapingRules } from "./schema/index.ts";
import { inTransaction } from "./transaction.ts";

/** Limits that the operator has set. */
export type StoredShapingRule = typeof shapingRules.$inferSelect;

/** What a rule says, all of it. */
export type ShapingRuleValues = Pick<
  StoredShapingRule,
  "pattern" | "connections" | "connectionsPerHost" | "messagesPerConnection" | "messagesPerSecond" | "note"
>;

/** All rules, oldest first. */
export function listShapingRules(db: Database): Promise<StoredShapingRule[]> {
  return db.orm.select().from(shapingRules).orderBy(asc(shapingRules.id));
}

/** A rule, or null. */
export async function findShapingRule(db: Database, id: string): Promise<StoredShapingRule | null> {
  const [row] = await db.orm.select().from(shapingRules).where(eq(shapingRules.id, id));
  return row ?? null;
}

/** What became of a rule that was to be written. `taken`: another one has its pattern. */
export type WrittenShapingRule =
  | { readonly kind: "written"; readonly rule: StoredShapingRule }
  | { readonly kind: "taken" | "limit-reached" | "not-found" };

/** Creates a rule, `limit` of them at most. */
export function insertShapingRule(
  db: Database,
  actor: Actor,
  rule: ShapingRuleValues & { readonly id: string },
  limit: number,
): Promise<WrittenShapingRule> {
  return inTransaction(db, async ({ client, orm }) => {
    // Two that are made at once must not both be the last one allowed.
    await client.query("SELECT FROM projects WHERE id = $1 FOR NO KEY UPDATE", [actor.projectId]);
    if ((await orm.$count(shapingRules)) >= limit) return { kind: "limit-reached" };
    const [row] = await orm.insert(shapingRules).values(rule).onConflictDoNothing().returning();
    if (row === undefined) return { kind: "taken" };
    await recordAudit(client, actor, "shaping-rule.created", row.id);
    return { kind: "written", rule: row };
  });
}

/** Puts other values in the place of a rule's. */
export function replaceShapingRule(
  db: Database,
  actor: Actor,
  id: string,
  values: ShapingRuleValues,
): Promise<WrittenShapingRule> {
  return inTransaction(db, async ({ client, orm }) => {
    const { rows } = await client.query("SELECT FROM shaping_rules WHERE pattern = $1 AND id <> $2", [
      values.pattern,
      id,
    ]);
    if (rows.length > 0) return { kind: "taken" };
    const [row] = await orm
      .update(shapingRules)
      .set({ ...values, revision: sql`${shapingRules.revision} + 1` })
      .where(eq(shapingRules.id, id))
      .returning();
    if (row === undefined) return { kind: "not-found" };
    await recordAudit(client, actor, "shaping-rule.changed", id);
    return { kind: "written", rule: row };
  });
}

/** Deletes a rule. Returns whether there was one. */
export function deleteShapingRule(db: Database, actor: Actor, id: string): Promise<boolean> {
  return inTransaction(db, async ({ client, orm }) => {
    const rows = await orm
      .delete(shapingRules)
      .where(eq(shapingRules.id, id))
      .returning({ id: shapingRules.id });
    if (rows.length > 0) await recordAudit(client, actor, "shaping-rule.deleted", id);
    return rows.length > 0;
  });
}

/**
 * Says in a short text which state rules, sources and pools are in: it differs after each change of any of them. One look at three
 * small tables.
 */
export async function shapingVersion(db: Database): Promise<string> {
  const { rows } = await db.pool.query<{ version: string }>({
    name: "shaping-version",
    text: `SELECT concat_ws('/',
             (SELECT concat_ws(' ', count(*), sum(revision), max(id::text)) FROM shaping_rules),
             (SELECT concat_ws(' ', count(*), sum(revision), max(id::text)) FROM egress_sources),
             (SELECT concat_ws(' ', count(*), sum(revision), max(id::text)) FROM egress_pools)) AS version`,
  });
  return rows[0]?.version ?? "";
}
