import { and, asc, count, eq, inArray, isNull, sql } from "drizzle-orm";
import { type Actor, recordAudit } from "./audit-log.ts";
import type { Database } from "./database.ts";
import { templates, templateVersions } from "./schema/index.ts";
import { inTransaction } from "./transaction.ts";

export type Template = typeof templates.$inferSelect;
export type TemplateVersion = typeof templateVersions.$inferSelect;
/** A version without what it says. */
export type TemplateVersionSummary = Pick<TemplateVersion, "id" | "name" | "createdAt" | "updatedAt">;

/** What a version says. */
export type TemplateVersionContent = Pick<
  typeof templateVersions.$inferInsert,
  "name" | "subject" | "html" | "text" | "strict" | "testData" | "sourceHash" | "editor" | "generateText"
>;

/** Creates a template, unless the actor's project has `limit` of them: then null. */
export function insertTemplate(
  db: Database,
  actor: Actor,
  template: Omit<typeof templates.$inferInsert, "projectId">,
  limit: number,
): Promise<Template | null> {
  return inTransaction(db, async ({ client, orm }) => {
    const { projectId } = actor;
    if ((await orm.$count(templates, eq(templates.projectId, projectId))) >= limit) return null;
    const [row] = await orm
      .insert(templates)
      .values({ ...template, projectId })
      .returning();
    if (row === undefined) throw new Error("INSERT ... RETURNING gave no row");
    await recordAudit(client, actor, "template.created", row.id);
    return row;
  });
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

/** A version without its bodies. */
export type TemplateVersionOutline = TemplateVersionSummary &
  Pick<TemplateVersion, "templateId" | "subject" | "editor" | "generateText">;

/** The versions of some templates of this project, by template, oldest first. */
export function listTemplateVersions(
  db: Database,
  projectId: string,
  templateIds: readonly string[],
): Promise<TemplateVersionOutline[]> {
  const { id, templateId, name, subject, editor, generateText, createdAt, updatedAt } = templateVersions;
  return db.orm
    .select({ id, templateId, name, subject, editor, generateText, createdAt, updatedAt })
    .from(templateVersions)
    .innerJoin(templates, eq(templates.id, templateId))
    .where(and(eq(templates.projectId, projectId), inArray(templateId, [...templateIds])))
    .orderBy(asc(templateId), asc(id));
}

/** Renames a template of the actor's project. Returns it, or null when there is none. */
export function renameTemplate(
  db: Database,
  actor: Actor,
  templateId: string,
  name: string,
): Promise<Template | null> {
  return inTransaction(db, async ({ client, orm }) => {
    const [row] = await orm
      .update(templates)
      .set({ name, updatedAt: sql`now()` })
      .where(owned(actor.projectId, templateId))
      .returning();
    if (row !== undefined) await recordAudit(client, actor, "template.changed", templateId);
    return row ?? null;
  });
}

/** Deletes a template of the actor's project with its versions. Returns whether there was one. */
export function deleteTemplate(db: Database, actor: Actor, templateId: string): Promise<boolean> {
  return inTransaction(db, async ({ client, orm }) => {
    const rows = await orm
      .delete(templates)
      .where(owned(actor.projectId, templateId))
      .returning({ id: templates.id });
    if (rows.length > 0) await recordAudit(client, actor, "template.deleted", templateId);
    return rows.length > 0;
  });
}

/**
 * Adds a version to a template of the actor's project; as the active one when the template has none, or when `activate` asks for
 * it. Null when the template is not there, `full` when it has `limit` versions.
 */
export function insertTemplateVersion(
  db: Database,
  actor: Actor,
  version: TemplateVersionContent & { readonly id: string; readonly templateId: string },
  limit: number,
  activate = false,
): Promise<TemplateVersion | "full" | null> {
  return inTransaction(db, async ({ client, orm }) => {
    // Locked, so that two at once neither pass the limit nor both become the active one.
    const [template] = await orm
      .select({ id: templates.id })
      .from(templates)
      .where(owned(actor.projectId, version.templateId))
      .for("update");
    if (template === undefined) return null;
    const [found] = await orm
      .select({ count: count() })
      .from(templateVersions)
      .where(eq(templateVersions.templateId, version.templateId));
    if ((found?.count ?? 0) >= limit) return "full";
    const [row] = await orm.insert(templateVersions).values(version).returning();
    await orm
      .update(templates)
      .set({ activeVersionId: version.id })
      .where(
        and(
          owned(actor.projectId, version.templateId),
          activate ? undefined : isNull(templates.activeVersionId),
        ),
      );
    await recordAudit(client, actor, "template-version.created", version.id);
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
export function updateTemplateVersion(
  db: Database,
  actor: Actor,
  templateId: string,
  versionId: string,
  content: TemplateVersionContent,
): Promise<TemplateVersion | null> {
  return inTransaction(db, async ({ client, orm }) => {
    const [row] = await orm
      .update(templateVersions)
      .set({ ...content, updatedAt: sql`now()` })
      .where(ownedVersion(db, actor.projectId, templateId, versionId))
      .returning();
    if (row !== undefined) await recordAudit(client, actor, "template-version.changed", versionId);
    return row ?? null;
  });
}

/** Deletes a version; when it was the active one, the template has none until another is activated. Returns whether there was one. */
export function deleteTemplateVersion(
  db: Database,
  actor: Actor,
  templateId: string,
  versionId: string,
): Promise<boolean> {
  return inTransaction(db, async ({ client, orm }) => {
    const rows = await orm
      .delete(templateVersions)
      .where(ownedVersion(db, actor.projectId, templateId, versionId))
      .returning({ id: templateVersions.id });
    if (rows.length > 0) await recordAudit(client, actor, "template-version.deleted", versionId);
    return rows.length > 0;
  });
}

/** Makes a version the one that is sent. Returns whether there was such a version. */
export function activateTemplateVersion(
  db: Database,
  actor: Actor,
  templateId: string,
  versionId: string,
): Promise<boolean> {
  return inTransaction(db, async ({ client, orm }) => {
    const version = orm
      .select({ id: templateVersions.id })
      .from(templateVersions)
      .where(and(eq(templateVersions.id, versionId), eq(templateVersions.templateId, templateId)));
    const rows = await orm
      .update(templates)
      .set({ activeVersionId: versionId, updatedAt: sql`now()` })
      .where(and(owned(actor.projectId, templateId), inArray(sql`${versionId}::uuid`, version)))
      .returning({ id: templates.id });
    if (rows.length > 0) await recordAudit(client, actor, "template-version.activated", versionId);
    return rows.length > 0;
  });
}

/** A template as a sender needs it; `version` is null while none is to be sent. */
export interface ActiveVersion {
  readonly generation: Template["generation"];
  /** What a compiled copy of it is known by, and how it is rendered. */
  readonly version: Pick<TemplateVersion, "id" | "sourceHash" | "strict" | "generateText"> | null;
}

/** Which version of a template is to be sent; null when there is no such template. */
export async function findActiveVersion(
  db: Database,
  projectId: string,
  templateId: string,
): Promise<ActiveVersion | null> {
  const { id, sourceHash, strict, generateText } = templateVersions;
  const [row] = await db.orm
    .select({ generation: templates.generation, version: { id, sourceHash, strict, generateText } })
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
