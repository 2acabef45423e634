import { desc, eq, lt } from "drizzle-orm";
import { type Actor, recordAudit } from "./audit-log.ts";
import type { Database } from "./database.ts";
import { announceFolders, inMailTransaction } from "./mail-transaction.ts";
import { apiKeys, projects } from "./schema/index.ts";
import { inTransaction } from "./transaction.ts";

export type Project = typeof projects.$inferSelect;

/** A page of all projects, newest first. `before`: the id of the last one of the page before, null at the start. */
export function listProjects(
  db: Database,
  page: { readonly before: string | null; readonly limit: number },
): Promise<Project[]> {
  return db.orm
    .select()
    .from(projects)
    .where(page.before === null ? undefined : lt(projects.id, page.before))
    .orderBy(desc(projects.id))
    .limit(page.limit);
}

/** A project, or null. */
export async function findProject(db: Database, projectId: string): Promise<Project | null> {
  const [row] = await db.orm.select().from(projects).where(eq(projects.id, projectId));
  return row ?? null;
}

/** Creates a project with its first API key. The entry in the audit log is the actor's. */
export function insertProject(
  db: Database,
  actor: Actor,
  project: Pick<typeof projects.$inferInsert, "id" | "name" | "rateLimit" | "dailyQuota">,
  key: Omit<typeof apiKeys.$inferInsert, "projectId">,
): Promise<{ readonly project: Project; readonly key: typeof apiKeys.$inferSelect }> {
  return inTransaction(db, async ({ client, orm }) => {
    const [stored] = await orm.insert(projects).values(project).returning();
    const [storedKey] = await orm
      .insert(apiKeys)
      .values({ ...key, projectId: project.id })
      .returning();
    if (stored === undefined || storedKey === undefined) throw new Error("INSERT ... RETURNING gave no row");
    await recordAudit(client, actor, "project.created", project.id);
    return { project: stored, key: storedKey };
  });
}

/** Changes a project; what is absent stays. Returns it, or null when there is none. */
export function updateProject(
  db: Database,
  actor: Actor,
  projectId: string,
  change: Partial<Omit<Project, "id" | "isOperator" | "createdAt">>,
): Promise<Project | null> {
  return inTransaction(db, async ({ client, orm }) => {
    const [row] = await orm.update(projects).set(change).where(eq(projects.id, projectId)).returning();
    if (row !== undefined) await recordAudit(client, actor, "project.changed", projectId);
    return row ?? null;
  });
}

/** What `deleteProject` did. `in-use`: it has messages that are not finished. */
export type ProjectDeletion = "deleted" | "not-found" | "operator" | "in-use";

/**
 * Deletes a project with everything that is set up in it. Its messages and events stay until their retention ends, out of anyone's
 * reach. The project of operators is never deleted.
 *
 * @param options.force drops what is not finished: it is not delivered any more, and nobody is told
 */
export function deleteProject(
  db: Database,
  actor: Actor,
  projectId: string,
  options: { readonly force: boolean },
): Promise<ProjectDeletion> {
  return inMailTransaction(db, async (client) => {
    const { rows: found } = await client.query<{ is_operator: boolean }>(
      "SELECT is_operator FROM projects WHERE id = $1 FOR UPDATE",
      [projectId],
    );
    const [project] = found;
    if (project === undefined) return "not-found";
    if (project.is_operator) return "operator";
    if (options.force) {
      await client.query("DELETE FROM backlog WHERE project_id = $1", [projectId]);
    } else {
      const { rowCount } = await client.query("SELECT FROM backlog WHERE project_id = $1 LIMIT 1", [
        projectId,
      ]);
      if (rowCount !== 0) return "in-use";
    }
    const { rows: folders } = await client.query<{ id: string }>(
      `DELETE FROM folders USING mailboxes
        WHERE mailboxes.id = folders.mailbox_id AND mailboxes.project_id = $1 RETURNING folders.id`,
      [projectId],
    );
    await client.query("DELETE FROM projects WHERE id = $1", [projectId]);
    // Mail programs that have one open are told that it is gone.
    await announceFolders(
      client,
      folders.map(({ id }) => ({ folderId: id, modseq: null })),
    );
    await recordAudit(client, actor, "project.deleted", projectId);
    return "deleted";
  });
}
