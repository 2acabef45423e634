import { and, eq } from "drizzle-orm";
import { type Actor, recordAudit } from "./audit-log.ts";
import type { Database } from "./database.ts";
import { webhooks } from "./schema/index.ts";
import { inTransaction } from "./transaction.ts";
import type { Webhook } from "./webhooks.ts";

/**
 * Creates a webhook of the actor's project.
 *
 * @returns null when the project has `limit` of them already
 */
export function insertWebhook(
  db: Database,
  actor: Actor,
  webhook: Omit<typeof webhooks.$inferInsert, "projectId">,
  limit: number,
): Promise<Webhook | null> {
  return inTransaction(db, async ({ client, orm }) => {
    // Two requests at once must not both be the last one.
    await client.query("SELECT FROM projects WHERE id = $1 FOR NO KEY UPDATE", [actor.projectId]);
    if ((await orm.$count(webhooks, eq(webhooks.projectId, actor.projectId))) >= limit) return null;
    const [row] = await orm
      .insert(webhooks)
      .values({ ...webhook, projectId: actor.projectId })
      .returning();
    if (row === undefined) throw new Error("INSERT ... RETURNING gave no row");
    await recordAudit(client, actor, "webhook.created", row.id);
    return row;
  });
}

/** What of a webhook can be changed; what is absent stays. */
export type WebhookChange = Partial<
  Pick<Webhook, "url" | "eventTypes" | "name" | "enabled" | "sealedSigningKey" | "signingPublicKey">
>;

/** Changes a webhook of the actor's project. Returns it as it is now, or null when there is none. */
export function updateWebhook(
  db: Database,
  actor: Actor,
  webhookId: string,
  change: WebhookChange,
): Promise<Webhook | null> {
  return inTransaction(db, async ({ client, orm }) => {
    const its = and(eq(webhooks.id, webhookId), eq(webhooks.projectId, actor.projectId));
    if (Object.keys(change).length === 0) {
      const [row] = await orm.select().from(webhooks).where(its);
      return row ?? null;
    }
    const [row] = await orm.update(webhooks).set(change).where(its).returning();
    if (row === undefined) return null;
    await recordAudit(client, actor, "webhook.changed", webhookId);
    return row;
  });
}

/** Deletes a webhook of the actor's project. Returns whether there was one. */
export function deleteWebhook(db: Database, actor: Actor, webhookId: string): Promise<boolean> {
  return inTransaction(db, async ({ client, orm }) => {
    const rows = await orm
      .delete(webhooks)
      .where(and(eq(webhooks.id, webhookId), eq(webhooks.projectId, actor.projectId)))
      .returning({ id: webhooks.id });
    if (rows.length > 0) await recordAudit(client, actor, "webhook.deleted", webhookId);
    return rows.length > 0;
  });
}

/** Stops a webhook until its owner enables it again. In the audit log the platform did it. */
export async function disableWebhook(
  db: Database,
  webhook: Pick<Webhook, "id" | "projectId">,
): Promise<void> {
  const platform: Actor = { projectId: webhook.projectId, keyId: null, remoteAddress: null };
  await updateWebhook(db, platform, webhook.id, { enabled: false });
}
