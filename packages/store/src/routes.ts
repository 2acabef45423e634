import { and, asc, eq, isNull, sql } from "drizzle-orm";
import { type Actor, recordAudit } from "./audit-log.ts";
import type { Database } from "./database.ts";
import { projects, routes } from "./schema/index.ts";
import { inTransaction } from "./transaction.ts";

/** A static next hop; `projectId` null: one of the platform. */
export type StoredRoute = typeof routes.$inferSelect;

/** Whose routes: a project's, or with null the platform's. */
const ownedBy = (projectId: string | null) =>
  projectId === null ? isNull(routes.projectId) : eq(routes.projectId, projectId);

/** The routes of a project, or with null those of the platform; oldest first. */
export function listRoutes(db: Database, projectId: string | null): Promise<StoredRoute[]> {
  return db.orm.select().from(routes).where(ownedBy(projectId)).orderBy(asc(routes.id));
}

/** A route of a project, or with null of the platform; null when there is none. */
export async function findRoute(
  db: Database,
  projectId: string | null,
  routeId: string,
): Promise<StoredRoute | null> {
  const [row] = await db.orm
    .select()
    .from(routes)
    .where(and(eq(routes.id, routeId), ownedBy(projectId)));
  return row ?? null;
}

/** What `insertRoute` did. `taken`: there is one for this pattern. */
export type InsertedRoute =
  | { readonly kind: "created"; readonly route: StoredRoute }
  | { readonly kind: "taken" | "limit-reached" };

/**
 * Creates a route, `limit` for a project at most.
 *
 * @param actor who asked; the entry in the audit log is its project's, also for a route of the platform
 */
export function insertRoute(
  db: Database,
  actor: Actor,
  route: typeof routes.$inferInsert,
  limit: number,
): Promise<InsertedRoute> {
  return inTransaction(db, async ({ client, orm }) => {
    // Two that are made at once must not both be the last one allowed.
    await client.query("SELECT FROM projects WHERE id = $1 FOR NO KEY UPDATE", [actor.projectId]);
    if ((await orm.$count(routes, ownedBy(route.projectId ?? null))) >= limit)
      return { kind: "limit-reached" };
    const [row] = await orm.insert(routes).values(route).onConflictDoNothing().returning();
    if (row === undefined) return { kind: "taken" };
    await recordAudit(client, actor, "route.created", row.id);
    return { kind: "created", route: row };
  });
}

/** What of a route can be changed; what is absent stays. */
export type RouteChange = Partial<
  Pick<StoredRoute, "host" | "port" | "implicitTls" | "tls" | "username" | "sealedPassword">
>;

/**
 * Changes a route of a project, or with null of the platform.
 *
 * @param route as it was read
 * @returns it as it is now, or null when it is gone or another change came in between
 */
export function updateRoute(
  db: Database,
  actor: Actor,
  route: Pick<StoredRoute, "id" | "projectId" | "revision">,
  change: RouteChange,
): Promise<StoredRoute | null> {
  return inTransaction(db, async ({ client, orm }) => {
    const [row] = await orm
      .update(routes)
      .set({ ...change, revision: sql`${routes.revision} + 1` })
      .where(and(eq(routes.id, route.id), ownedBy(route.projectId), eq(routes.revision, route.revision)))
      .returning();
    if (row === undefined) return null;
    await recordAudit(client, actor, "route.changed", row.id);
    return row;
  });
}

/** Deletes a route of a project, or with null of the platform. Returns whether there was one. */
export function deleteRoute(
  db: Database,
  actor: Actor,
  route: Pick<StoredRoute, "id" | "projectId">,
): Promise<boolean> {
  return inTransaction(db, async ({ client, orm }) => {
    const rows = await orm
      .delete(routes)
      .where(and(eq(routes.id, route.id), ownedBy(route.projectId)))
      .returning({ id: routes.id });
    if (rows.length > 0) await recordAudit(client, actor, "route.deleted", route.id);
    return rows.length > 0;
  });
}

/** A route as it is followed. `trusted`: the operator made it, so it may lead anywhere. */
export interface FollowedRoute extends StoredRoute {
  readonly trusted: boolean;
}

/** Says in a short text which state all routes are in: it differs after each change of any of them. */
export async function routesVersion(db: Database): Promise<string> {
  const { rows } = await db.pool.query<{ version: string }>({
    name: "routes-version",
    text: `SELECT concat_ws('/', count(*), sum(revision), max(id::text)) AS version FROM routes`,
  });
  return rows[0]?.version ?? "";
}

/** All routes of everybody. For the processes that route. */
export async function loadRoutes(db: Database): Promise<readonly FollowedRoute[]> {
  const rows = await db.orm
    .select({ route: routes, isOperator: projects.isOperator })
    .from(routes)
    .leftJoin(projects, eq(projects.id, routes.projectId));
  return rows.map(({ route, isOperator }) => ({
    ...route,
    trusted: route.projectId === null || isOperator === true,
  }));
}
