import { and, asc, eq } from "drizzle-orm";
import type { Database } from "./database.ts";
import { webhooks } from "./schema/index.ts";

export type Webhook = typeof webhooks.$inferSelect;

const MAY_POST = "enabled AND (paused_until IS NULL OR paused_until <= now())";

/** A project's webhooks, oldest first. */
export function listWebhooks(db: Database, projectId: string): Promise<Webhook[]> {
  return db.orm.select().from(webhooks).where(eq(webhooks.projectId, projectId)).orderBy(asc(webhooks.id));
}

/** A webhook of this project, or null. */
export async function findWebhook(
  db: Database,
  projectId: string,
  webhookId: string,
): Promise<Webhook | null> {
  const [row] = await db.orm
    .select()
    .from(webhooks)
    .where(and(eq(webhooks.id, webhookId), eq(webhooks.projectId, projectId)));
  return row ?? null;
}

/** A webhook by id alone, for the worker that drains it. */
export async function loadWebhook(db: Database, webhookId: string): Promise<Webhook | null> {
  const [row] = await db.orm.select().from(webhooks).where(eq(webhooks.id, webhookId));
  return row ?? null;
}

/** Ids of all webhooks that may be posted to, by project. */
export async function enabledWebhooks(db: Database): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await db.pool.query<{ id: string; project_id: string }>({
    name: "enabled-webhooks",
    text: `SELECT id, project_id FROM webhooks WHERE ${MAY_POST}`,
  });
  const byProject = new Map<string, string[]>();
  for (const row of rows) {
    const ids = byProject.get(row.project_id);
    if (ids === undefined) byProject.set(row.project_id, [row.id]);
    else ids.push(row.id);
  }
  return byProject;
}

/** Webhooks that may be posted to and have events behind their cursor, retries that are due, or a replay under way. */
export async function webhooksBehind(db: Database): Promise<readonly string[]> {
  const { rows } = await db.pool.query<{ id: string }>({
    name: "webhooks-behind",
    text: `SELECT id FROM webhooks
            WHERE ${MAY_POST} AND (
              replay IS NOT NULL
              OR EXISTS (SELECT FROM events WHERE events.project_id = webhooks.project_id
                         AND (events.xact, events.id) > (webhooks.cursor_xact, webhooks.cursor_id))
              OR EXISTS (SELECT FROM webhook_deliveries d
                          WHERE d.webhook_id = webhooks.id AND d.state = 'pending' AND d.due_at <= now()))`,
  });
  return rows.map((row) => row.id);
}
