import { newId } from "@waxwing/runtime";
import { and, asc, eq } from "drizzle-orm";
import { type Actor, recordAudit } from "./audit-log.ts";
import type { Database } from "./database.ts";
import { templates, templateVersions } from "./schema/index.ts";
import type { Template } from "./templates.ts";
import { inTransaction } from "./transaction.ts";

/**
 * Copies a template of the actor's project with all its versions; the active one's copy is active. Null when there is none, `full`
 * when the project has `limit` templates.
 *
 * @param copy.name a name of its own; made from the original's when absent
 */
export function duplicateTemplate(
  db: Database,
  actor: Actor,
  templateId: string,
  copy: { readonly id: string; readonly name?: string | undefined },
  limit: number,
): Promise<Template | "full" | null> {
  return inTransaction(db, async ({ client, orm }) => {
    const { projectId } = actor;
    const [original] = await orm
      .select()
      .from(templates)
      .where(and(eq(templates.id, templateId), eq(templates.projectId, projectId)))
      .for("share");
    if (original === undefined) return null;
    if ((await orm.$count(templates, eq(templates.projectId, projectId))) >= limit) return "full";
    const { generation, activeVersionId } = original;
    const name = copy.name ?? `Copy of ${original.name}`.slice(0, 255).toWellFormed();
    await orm.insert(templates).values({ id: copy.id, projectId, generation, name });
    const versions = await orm
      .select({ id: templateVersions.id })
      .from(templateVersions)
      .where(eq(templateVersions.templateId, templateId))
      .orderBy(asc(templateVersions.id));
    const ids = versions.map(({ id }) => ({ from: id, to: newId() }));
    await client.query(
      `INSERT INTO template_versions (id, template_id, name, subject, html, text, editor, generate_text, strict, test_data, source_hash)
       SELECT "to", $1, name, subject, html, text, editor, generate_text, strict, test_data, source_hash
         FROM template_versions JOIN json_to_recordset($2::json) AS copied("from" uuid, "to" uuid) ON id = "from"`,
      [copy.id, JSON.stringify(ids)],
    );
    const active = ids.find(({ from }) => from === activeVersionId)?.to ?? null;
    const [row] = await orm
      .update(templates)
      .set({ activeVersionId: active })
      .where(eq(templates.id, copy.id))
      .returning();
    if (row === undefined) throw new Error("UPDATE ... RETURNING gave no row");
    await recordAudit(client, actor, "template.created", copy.id);
    return row;
  });
}
