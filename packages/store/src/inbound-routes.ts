import { and, asc, eq, max } from "drizzle-orm";
import { type Actor, recordAudit } from "./audit-log.ts";
import type { Database } from "./database.ts";
import { inboundRoutes } from "./schema/index.ts";
import { inTransaction } from "./transaction.ts";

export type InboundRoute = typeof inboundRoutes.$inferSelect;

/** A project's inbound routes, in the order in which they are looked at. */
export function listInboundRoutes(db: Database, projectId: string): Promise<InboundRoute[]> {
  return db.orm
    .select()
    .from(inboundRoutes)
    .where(eq(inboundRoutes.projectId, projectId))
    .orderBy(asc(inboundRoutes.position), asc(inboundRoutes.id));
}

/** An inbound route of this project, or null. */
export async function findInboundRoute(
  db: Database,
  projectId: string,
  routeId: string,
): Promise<InboundRoute | null> {
  const [row] = await db.orm
    .select()
    .from(inboundRoutes)
    .where(and(eq(inboundRoutes.id, routeId), eq(inboundRoutes.projectId, projectId)));
  return row ?? null;
}

/**
 * Creates an inbound route of the actor's project, behind the others where no position is given.
 *
 * @returns null when the project has `limit` of them already
 */
export function insertInboundRoute(
  db: Database,
  actor: Actor,
  route: Omit<typeof inboundRoutes.$inferInsert, "projectId" | "position"> & {
    readonly position: number | null;
  },
  limit: number,
): Promise<InboundRoute | null> {
  const { projectId } = actor;
  return inTransaction(db, async ({ client, orm }) => {
    // Two requests at once must not both be the last one, nor get the same position.
    await client.query("SELECT FROM projects WHERE id = $1 FOR NO KEY UPDATE", [projectId]);
    const its = eq(inboundRoutes.projectId, projectId);
    if ((await orm.$count(inboundRoutes, its)) >= limit) return null;
    const [last] = await orm
      .select({ position: max(inboundRoutes.position) })
      .from(inboundRoutes)
      .where(its);
    const position = route.position ?? (last?.position ?? 0) + 1;
    const [row] = await orm
      .insert(inboundRoutes)
      .values({ ...route, position, projectId })
      .returning();
    if (row === undefined) throw new Error("INSERT ... RETURNING gave no row");
    await recordAudit(client, actor, "inbound-route.created", row.id);
    return row;
  });
}

/** What of an inbound route can be changed; what is absent stays. */
export type InboundRouteChange = Partial<Pick<InboundRoute, "pattern" | "position" | "actions" | "enabled">>;

/** Changes an inbound route of the actor's project. Returns it as it is now, or null when there is none. */
export function updateInboundRoute(
  db: Database,
  actor: Actor,
  routeId: string,
  change: InboundRouteChange,
): Promise<InboundRoute | null> {
  return inTransaction(db, async ({ client, orm }) => {
    const its = and(eq(inboundRoutes.id, routeId), eq(inboundRoutes.projectId, actor.projectId));
    const [row] = await orm.update(inboundRoutes).set(change).where(its).returning();
    if (row === undefined) return null;
    await recordAudit(client, actor, "inbound-route.changed", routeId);
    return row;
  });
}

/** Deletes an inbound route of the actor's project, with what still waits to be posted for it. Returns whether there was one. */
export function deleteInboundRoute(db: Database, actor: Actor, routeId: string): Promise<boolean> {
  return inTransaction(db, async ({ client, orm }) => {
    const rows = await orm
      .delete(inboundRoutes)
      .where(and(eq(inboundRoutes.id, routeId), eq(inboundRoutes.projectId, actor.projectId)))
      .returning({ id: inboundRoutes.id });
    if (rows.length > 0) await recordAudit(client, actor, "inbound-route.deleted", routeId);
    return rows.length > 0;
  });
}
