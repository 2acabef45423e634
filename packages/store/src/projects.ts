import { and, eq } from "drizzle-orm";
import type { Database } from "./database.ts";
import { apiKeys, projects } from "./schema/index.ts";

export type ApiKey = typeof apiKeys.$inferSelect;

/**
 * The API key with this public id, of whatever project: the key is what names the project. `isOperator`: it is one of the project
 * that manages the others.
 */
export async function findApiKey(
  db: Database,
  publicId: string,
): Promise<(ApiKey & { readonly isOperator: boolean }) | null> {
  const [row] = await db.orm
    .select({ key: apiKeys, isOperator: projects.isOperator })
    .from(apiKeys)
    .innerJoin(projects, eq(projects.id, apiKeys.projectId))
    .where(eq(apiKeys.publicId, publicId));
  return row === undefined ? null : { ...row.key, isOperator: row.isOperator };
}

/**
 * Creates a project, or leaves the one with this id as it is. Returns whether it was created.
 *
 * @param project.isOperator true: its keys manage the other projects, also of a project that is there already
 */
export async function ensureProject(
  db: Database,
  project: { readonly id: string; readonly name: string; readonly isOperator?: boolean },
): Promise<boolean> {
  const created = await db.orm
    .insert(projects)
    .values(project)
    .onConflictDoNothing()
    .returning({ id: projects.id });
  if (project.isOperator === true) {
    await db.orm
      .update(projects)
      .set({ isOperator: true })
      .where(and(eq(projects.id, project.id), eq(projects.isOperator, false)));
  }
  return created.length > 0;
}

/** Creates an API key, or gives the one with this id a new public id and secret. */
export async function upsertApiKey(
  db: Database,
  key: Pick<ApiKey, "id" | "projectId" | "name" | "publicId" | "secretHash" | "scopes">,
): Promise<void> {
  await db.orm
    .insert(apiKeys)
    .values(key)
    .onConflictDoUpdate({ target: apiKeys.id, set: { publicId: key.publicId, secretHash: key.secretHash } });
}
