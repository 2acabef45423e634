import { and, asc, eq, gt, sql } from "drizzle-orm";
import { type Actor, recordAudit } from "./audit-log.ts";
import type { Database } from "./database.ts";
import { suppressions, unsubscribeGroups } from "./schema/index.ts";
import { inTransaction, type Transaction } from "./transaction.ts";

/** A group, and how many addresses have left it. */
export type UnsubscribeGroup = typeof unsubscribeGroups.$inferSelect & { readonly unsubscribes: number };

/** What can be said of a group. */
export type UnsubscribeGroupContent = Pick<
  typeof unsubscribeGroups.$inferSelect,
  "name" | "description" | "isDefault"
>;

/** A group was made or changed, or why not: another has that name, there are too many, there is none. */
export type UnsubscribeGroupChange =
  | { readonly kind: "done"; readonly group: UnsubscribeGroup }
  | { readonly kind: "taken" | "full" | "missing" };

/** A project's groups, oldest first. */
export function listUnsubscribeGroups(db: Database, projectId: string): Promise<UnsubscribeGroup[]> {
  return select(db).where(eq(unsubscribeGroups.projectId, projectId)).orderBy(asc(unsubscribeGroups.id));
}

/** A group of this project, or null. */
export async function findUnsubscribeGroup(
  db: Database,
  projectId: string,
  groupId: number,
): Promise<UnsubscribeGroup | null> {
  const [row] = await select(db).where(owned(projectId, groupId));
  return row ?? null;
}

/** Makes a group, at most `limit` in a project. A new default takes the place of the old one. */
export function insertUnsubscribeGroup(
  db: Database,
  actor: Actor,
  content: UnsubscribeGroupContent,
  limit: number,
): Promise<UnsubscribeGroupChange> {
  return inTransaction(db, async (transaction) => {
    const { client, orm } = transaction;
    const names = await lockNames(transaction, actor.projectId);
    if (names.size >= limit) return { kind: "full" };
    if (names.has(content.name)) return { kind: "taken" };
    if (content.isDefault) await dropDefault(transaction, actor.projectId);
    const [row] = await orm
      .insert(unsubscribeGroups)
      .values({ ...content, projectId: actor.projectId })
      .returning();
    if (row === undefined) throw new Error("INSERT ... RETURNING gave no row");
    await recordAudit(client, actor, "unsubscribe-group.created", String(row.id));
    return { kind: "done", group: { ...row, unsubscribes: 0 } };
  });
}

/** Changes what is given of a group of the actor's project. */
export async function updateUnsubscribeGroup(
  db: Database,
  actor: Actor,
  groupId: number,
  content: Partial<UnsubscribeGroupContent>,
): Promise<UnsubscribeGroupChange> {
  const refusal = await inTransaction(db, async (transaction) => {
    const names = await lockNames(transaction, actor.projectId);
    if (![...names.values()].includes(groupId)) return "missing" as const;
    if (content.name !== undefined && (names.get(content.name) ?? groupId) !== groupId)
      return "taken" as const;
    if (Object.keys(content).length === 0) return null;
    if (content.isDefault === true) await dropDefault(transaction, actor.projectId);
    await transaction.orm.update(unsubscribeGroups).set(content).where(owned(actor.projectId, groupId));
    await recordAudit(transaction.client, actor, "unsubscribe-group.changed", String(groupId));
    return null;
  });
  if (refusal !== null) return { kind: refusal };
  const group = await findUnsubscribeGroup(db, actor.projectId, groupId);
  return group === null ? { kind: "missing" } : { kind: "done", group };
}

/** Deletes a group with what its members had left: its mail reaches them again. Returns whether there was one. */
export function deleteUnsubscribeGroup(db: Database, actor: Actor, groupId: number): Promise<boolean> {
  return inTransaction(db, async ({ client, orm }) => {
    const rows = await orm
      .delete(unsubscribeGroups)
      .where(owned(actor.projectId, groupId))
      .returning({ id: unsubscribeGroups.id });
    if (rows.length === 0) return false;
    await orm
      .delete(suppressions)
      .where(and(eq(suppressions.projectId, actor.projectId), eq(suppressions.groupId, groupId)));
    await recordAudit(client, actor, "unsubscribe-group.deleted", String(groupId));
    return true;
  });
}

function select(db: Database) {
  const { id, projectId, name, description, isDefault, createdAt } = unsubscribeGroups;
  const unsubscribes = db.orm.$count(
    suppressions,
    // The last condition lets the partial index be used: that no group is numbered 0 is not known to the planner.
    and(eq(suppressions.projectId, projectId), eq(suppressions.groupId, id), gt(suppressions.groupId, 0)),
  );
  return db.orm
    .select({ id, projectId, name, description, isDefault, createdAt, unsubscribes })
    .from(unsubscribeGroups);
}

function owned(projectId: string, groupId: number) {
  return and(eq(unsubscribeGroups.projectId, projectId), eq(unsubscribeGroups.id, groupId));
}

/** The ids of a project's groups by name. Until the transaction ends nobody else changes them. */
async function lockNames(
  { client, orm }: Transaction,
  projectId: string,
): Promise<ReadonlyMap<string, number>> {
  await client.query("SELECT FROM projects WHERE id = $1 FOR NO KEY UPDATE", [projectId]);
  const { id, name } = unsubscribeGroups;
  const rows = await orm
    .select({ id, name })
    .from(unsubscribeGroups)
    .where(eq(unsubscribeGroups.projectId, projectId));
  return new Map(rows.map((row) => [row.name, row.id]));
}

async function dropDefault({ orm }: Transaction, projectId: string): Promise<void> {
  await orm
    .update(unsubscribeGroups)
    .set({ isDefault: false })
    .where(and(eq(unsubscribeGroups.projectId, projectId), sql`${unsubscribeGroups.isDefault}`));
}
