import { and, asc, count, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { templates, templateVersions } from "./schema/index.ts";

export type Template = typeof templates.$inferSelect;
export type TemplateVersion = typeof templateVersions.$inferSelect;
/** A version without what it says. */
export type TemplateVersionSummary = Pick<TemplateVersion, "id" | "name" | "createdAt" | "updatedAt">;

/** What a version says. */
export type TemplateVersionContent = Pick<
  typeof templateVersions.$inferInsert,
  "name" | "subject" | "html" | "text" | "strict" | "testData" | "sourceHash"
>;

/** Creates a template, unless the project has `limit` of them: then null. */
export async function insertTemplate(
  db: Database,
  template: Pick<Template, "id" | "projectId" | "name">,
  limit: number,
): Promise<Template | null> {
  const [found] = await db.orm
    .select({ count: count() })
    .from(templates)
    .where(eq(templates.projectId, template.projectId));
  if ((found?.count ?? 0) >= limit) return null;
  const [row] = await db.orm.insert(templates).values(template).returning();
  return row ?? null;
}

/** A project's templates, oldest first. */
export function listTemplates(db: Database, projectId: string): Promise<Template[]> {
  return db.orm.select().from(templates).where(eq(templates.projectId, projectId)).orderBy(asc(templates.id));
}

/** A template of this project with its versions, oldest first, or null. */
export async function findTemplate(
  db: Database,
  projectId: string,
  templateId: string,
): Promise<{ readonly template: Template; readonly versions: readonly TemplateVersionSummary[] } | null> {
  const [template] = await db.orm.select().from(templates).where(owned(projectId, templateId));
  if (template === undefined) return null;
  const { id, name, createdAt, updatedAt } = templateVersions;
  const versions = await db.orm
    .select({ id, name, createdAt, updatedAt })
    .from(templateVersions)
    .where(eq(templateVersions.templateId, templateId))
    .orderBy(asc(templateVersions.id));
  return { template, versions };
}

/** Renames a template of this project. Returns it, or null when there is none. */
export async function renameTemplate(
  db: Database,
  projectId: string,
  templateId: string,
  name: string,
): Promise<Template | null> {
  const [row] = await db.orm
    .update(templates)
    .set({ name, updatedAt: sql`now()` })
    .where(owned(projectId, templateId))
    .returning();
  return row ?? null;
}

/** Deletes a template of this project with its versions. Returns whether there was one. */
export async function deleteTemplate(db: Database, projectId: string, templateId: string): Promise<boolean> {
  const rows = await db.orm
    .delete(templates)
    .where(owned(projectId, templateId))
    .returning({ id: templates.id });
  return rows.length > 0;
}

/**
 * Adds a version to a template of this project; as the active one when the template has none. Null when the template is not there,
 * `full` when it has `limit` versions.
 */
export function insertTemplateVersion(
  db: Database,
  projectId: string,
  version: TemplateVersionContent & { readonly id: string; readonly templateId: string },
  limit: number,
): Promise<TemplateVersion | "full" | null> {
  return db.orm.transaction(async (tx) => {
    // Locked, so that two at once neither pass the limit nor both become the active one.
    const [template] = await tx
      .select({ id: templates.id })
      .from(templates)
      .where(owned(projectId, version.templateId))
      .for("update");
    if (template === undefined) return null;
    const [found] = await tx
      .select({ count: count() })
      .from(templateVersions)
      .where(eq(templateVersions.templateId, version.templateId));
    if ((found?.count ?? 0) >= limit) return "full";
    const [row] = await tx.insert(templateVersions).values(version).returning();
    await tx
      .update(templates)
      .set({ activeVersionId: version.id })
      .where(and(owned(projectId, version.templateId), isNull(templates.activeVersionId)));
    return row ?? null;
  });
}

/** A version of a template of this project, or null. */
export async function findTemplateVersion(
  db: Database,
  projectId: string,
  templateId: string,
  versionId: string,
): Promise<TemplateVersion | null> {
  const [row] = await db.orm
    .select()
    .from(templateVersions)
    .where(ownedVersion(db, projectId, templateId, versionId));
  return row ?? null;
}

/** Replaces what a version says. Returns it, or null when there is none. */
export async function updateTemplateVersion(
  db: Database,
  projectId: string,
  templateId: string,
  versionId: string,
  content: TemplateVersionContent,
): Promise<TemplateVersion | null> {
  const [row] = await db.orm
    .update(templateVersions)
    .set({ ...content, updatedAt: sql`now()` })
    .where(ownedVersion(db, projectId, templateId, versionId))
    .returning();
  return row ?? null;
}

/** Deletes a version; when it was the active one, the template has none until another is activated. Returns whether there was one. */
export async function deleteTemplateVersion(
  db: Database,
  projectId: string,
  templateId: string,
  versionId: string,
): Promise<boolean> {
  const rows = await db.orm
    .delete(templateVersions)
    .where(ownedVersion(db, projectId, templateId, versionId))
    .returning({ id: templateVersions.id });
  return rows.length > 0;
}

/** Makes a version the one that is sent. Returns whether there was such a version. */
export async function activateTemplateVersion(
  db: Database,
  projectId: string,
  templateId: string,
  versionId: string,
): Promise<boolean> {
  const version = db.orm
    .select({ id: templateVersions.id })
    .from(templateVersions)
    .where(and(eq(templateVersions.id, versionId), eq(templateVersions.templateId, templateId)));
  const rows = await db.orm
    .update(templates)
    .set({ activeVersionId: versionId, updatedAt: sql`now()` })
    .where(and(owned(projectId, templateId), inArray(sql`${versionId}::uuid`, version)))
    .returning({ id: templates.id });
  return rows.length > 0;
}

/** Which version of a template is to be sent, by what a compiled copy is known by; null when there is no such template. */
export async function findActiveVersion(
  db: Database,
  projectId: string,
  templateId: string,
): Promise<{ readonly version: Pick<TemplateVersion, "id" | "sourceHash" | "strict"> | null } | null> {
  const { id, sourceHash, strict } = templateVersions;
  const [row] = await db.orm
    .select({ version: { id, sourceHash, strict } })
    .from(templates)
    .leftJoin(templateVersions, eq(templateVersions.id, templates.activeVersionId))
    .where(owned(projectId, templateId));
  return row ?? null;
}

function owned(projectId: string, templateId: string) {
  return and(eq(templates.id, templateId), eq(templates.projectId, projectId));
}

function ownedVersion(db: Database, projectId: string, templateId: string, versionId: string) {
  const template = db.orm.select({ id: templates.id }).from(templates).where(owned(projectId, templateId));
  return and(eq(templateVersions.id, versionId), inArray(templateVersions.templateId, template));
}
