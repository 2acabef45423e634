import { eq } from "drizzle-orm";
import type { Database } from "./database.ts";
import { apiKeys, projects } from "./schema/index.ts";

export type ApiKey = typeof apiKeys.$inferSelect;

/** The API key with this public id, of whatever project: the key is what names the project. */
export async function findApiKey(db: Database, publicId: string): Promise<ApiKey | null> {
  const [row] = await db.orm.select().from(apiKeys).where(eq(apiKeys.publicId, publicId));
  return row ?? null;
}

/** Creates a project, or leaves the one with this id as it is. Returns whether it was created. */
export async function ensureProject(
  db: Database,
  project: { readonly id: string; readonly name: string },
): Promise<boolean> {
  const created = await db.orm
    .insert(projects)
    .values(project)
    .onConflictDoNothing()
    .returning({ id: projects.id });
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
