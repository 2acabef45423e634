import { asc, eq, sql } from "drizzle-orm";
import { type Actor, recordAudit } from "./audit-log.ts";
import type { Database } from "./database.ts";
import { egressPoolMembers, egressPools, egressSources } from "./schema/index.ts";
import { inTransaction, type Transaction } from "./transaction.ts";

/** A way out. */
export type StoredEgressSource = typeof egressSources.$inferSelect;

/** What a source is, all of it. */
export type EgressSourceValues = Omit<StoredEgressSource, "id" | "revision" | "createdAt">;

/** A pool with its members, by the names of their sources. */
export interface StoredEgressPool extends Omit<typeof egressPools.$inferSelect, "revision"> {
  readonly members: readonly { readonly source: string; readonly weight: number }[];
}

/** What a pool is, all of it. */
export type EgressPoolValues = Pick<StoredEgressPool, "name" | "overflow" | "projectIds" | "members">;

/** What became of a source or pool that was to be written. `taken`: another has its name; `unknown-source`: a member names none. */
export type WrittenEgress =
  | { readonly kind: "written" }
  | { readonly kind: "taken" | "limit-reached" | "not-found" }
  | { readonly kind: "unknown-source"; readonly index: number };

/** All sources, oldest first. */
export function listEgressSources(db: Database): Promise<StoredEgressSource[]> {
  return db.orm.select().from(egressSources).orderBy(asc(egressSources.id));
}

/** Creates a source, `limit` of them at most. */
export function insertEgressSource(
  db: Database,
  actor: Actor,
  source: EgressSourceValues & { readonly id: string },
  limit: number,
): Promise<WrittenEgress> {
  return inTransaction(db, async ({ client, orm }) => {
    await lockEgress(client);
    if ((await orm.$count(egressSources)) >= limit) return { kind: "limit-reached" };
    const rows = await orm.insert(egressSources).values(source).onConflictDoNothing().returning();
    if (rows.length === 0) return { kind: "taken" };
    await recordAudit(client, actor, "egress-source.created", source.id);
    return { kind: "written" };
  });
}

/** Puts other values in the place of a source's. */
export function replaceEgressSource(
  db: Database,
  actor: Actor,
  id: string,
  values: EgressSourceValues,
): Promise<WrittenEgress> {
  return inTransaction(db, async ({ client, orm }) => {
    await lockEgress(client);
    if (await isTaken(client, "egress_sources", values.name, id)) return { kind: "taken" };
    const rows = await orm
      .update(egressSources)
      .set({ ...values, revision: sql`${egressSources.revision} + 1` })
      .where(eq(egressSources.id, id))
      .returning({ id: egressSources.id });
    if (rows.length === 0) return { kind: "not-found" };
    await recordAudit(client, actor, "egress-source.changed", id);
    return { kind: "written" };
  });
}

/** Deletes a source. `in-use`: a pool has it. */
export function deleteEgressSource(
  db: Database,
  actor: Actor,
  id: string,
): Promise<"deleted" | "not-found" | "in-use"> {
  return inTransaction(db, async ({ client, orm }) => {
    await lockEgress(client);
    if ((await orm.$count(egressPoolMembers, eq(egressPoolMembers.sourceId, id))) > 0) return "in-use";
    const rows = await orm
      .delete(egressSources)
      .where(eq(egressSources.id, id))
      .returning({ id: egressSources.id });
    if (rows.length === 0) return "not-found";
    await recordAudit(client, actor, "egress-source.deleted", id);
    return "deleted";
  });
}

/** All pools, oldest first; their members by name. */
export async function listEgressPools(db: Database): Promise<readonly StoredEgressPool[]> {
  const pools = await db.orm.select().from(egressPools).orderBy(asc(egressPools.id));
  const members = await db.orm
    .select({
      poolId: egressPoolMembers.poolId,
      source: egressSources.name,
      weight: egressPoolMembers.weight,
    })
    .from(egressPoolMembers)
    .innerJoin(egressSources, eq(egressSources.id, egressPoolMembers.sourceId))
    .orderBy(asc(egressSources.name));
  return pools.map(({ revision: _, ...pool }) => ({
    ...pool,
    members: members
      .filter(({ poolId }) => poolId === pool.id)
      .map(({ source, weight }) => ({ source, weight })),
  }));
}

/** Creates a pool, `limit` of them at most. */
export function insertEgressPool(
  db: Database,
  actor: Actor,
  pool: EgressPoolValues & { readonly id: string },
  limit: number,
): Promise<WrittenEgress> {
  return inTransaction(db, async (transaction) => {
    const { client, orm } = transaction;
    await lockEgress(client);
    if ((await orm.$count(egressPools)) >= limit) return { kind: "limit-reached" };
    if (await isTaken(client, "egress_pools", pool.name, pool.id)) return { kind: "taken" };
    const members = await memberRows(transaction, pool.id, pool.members);
    if (typeof members === "number") return { kind: "unknown-source", index: members };
    const { id, name, overflow, projectIds } = pool;
    await orm.insert(egressPools).values({ id, name, overflow, projectIds });
    await orm.insert(egressPoolMembers).values(members);
    await recordAudit(client, actor, "egress-pool.created", id);
    return { kind: "written" };
  });
}

/** Puts other values in the place of a pool's. */
export function replaceEgressPool(
  db: Database,
  actor: Actor,
  id: string,
  pool: EgressPoolValues,
): Promise<WrittenEgress> {
  return inTransaction(db, async (transaction) => {
    const { client, orm } = transaction;
    await lockEgress(client);
    if (await isTaken(client, "egress_pools", pool.name, id)) return { kind: "taken" };
    const members = await memberRows(transaction, id, pool.members);
    if (typeof members === "number") return { kind: "unknown-source", index: members };
    const { name, overflow, projectIds } = pool;
    const rows = await orm
      .update(egressPools)
      .set({ name, overflow, projectIds, revision: sql`${egressPools.revision} + 1` })
      .where(eq(egressPools.id, id))
      .returning({ id: egressPools.id });
    if (rows.length === 0) return { kind: "not-found" };
    await orm.delete(egressPoolMembers).where(eq(egressPoolMembers.poolId, id));
    await orm.insert(egressPoolMembers).values(members);
    await recordAudit(client, actor, "egress-pool.changed", id);
    return { kind: "written" };
  });
}

/** Deletes a pool; what waits for it leaves through the default one. Returns whether there was one. */
export function deleteEgressPool(db: Database, actor: Actor, id: string): Promise<boolean> {
  return inTransaction(db, async ({ client, orm }) => {
    const rows = await orm
      .delete(egressPools)
      .where(eq(egressPools.id, id))
      .returning({ id: egressPools.id });
    if (rows.length > 0) await recordAudit(client, actor, "egress-pool.deleted", id);
    return rows.length > 0;
  });
}

/** Who may use a pool; empty: every project. Null: there is no pool of this name. */
export async function findEgressPoolProjects(db: Database, name: string): Promise<readonly string[] | null> {
  const [row] = await db.orm
    .select({ projectIds: egressPools.projectIds })
    .from(egressPools)
    .where(eq(egressPools.name, name));
  return row?.projectIds ?? null;
}

/** Changes of sources and pools go one after the other: they look at each other's rows. Any number would do, as long as it is ours. */
async function lockEgress(client: Transaction["client"]): Promise<void> {
  await client.query("SELECT pg_advisory_xact_lock(hashtext('waxwing egress'))");
}

async function isTaken(
  client: Transaction["client"],
  table: "egress_sources" | "egress_pools",
  name: string,
  id: string,
): Promise<boolean> {
  const { rows } = await client.query(`SELECT FROM ${table} WHERE name = $1 AND id <> $2`, [name, id]);
  return rows.length > 0;
}

/** The rows of the members, or the index of the first that names no source. */
async function memberRows(
  { orm }: Transaction,
  poolId: string,
  members: EgressPoolValues["members"],
): Promise<(typeof egressPoolMembers.$inferInsert)[] | number> {
  const sources = await orm.select({ id: egressSources.id, name: egressSources.name }).from(egressSources);
  const ids = new Map(sources.map(({ id, name }) => [name, id]));
  const rows: (typeof egressPoolMembers.$inferInsert)[] = [];
  for (const [index, { source, weight }] of members.entries()) {
    const sourceId = ids.get(source);
    if (sourceId === undefined) return index;
    rows.push({ poolId, sourceId, weight });
  }
  return rows;
}
