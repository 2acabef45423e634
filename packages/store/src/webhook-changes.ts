import { and, eq, sql } from "drizzle-orm";
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
  Pick<
    Webhook,
    | "url"
    | "eventTypes"
    | "name"
    | "enabled"
    | "sealedSigningKey"
    | "signingPublicKey"
    | "retryHours"
    | "disableAfterHours"
  >
>;

/**
 * Changes a webhook of the actor's project. Enabled again, it begins anew: what waits is tried at once, as if for the first time.
 *
 * @returns it as it is now, or null when there is none
 */
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
    const [before] = await orm.select().from(webhooks).where(its).for("update");
    if (before === undefined) return null;
    const { enabled = before.enabled } = change;
    const switched = enabled === before.enabled ? {} : enabled ? SWITCHED_ON : switchedOff("requested");
    const [row] = await orm
      .update(webhooks)
      .set({ ...change, ...switched })
      .where(its)
      .returning();
    if (row === undefined) return null;
    if (enabled && !before.enabled) {
      await client.query(
        "UPDATE webhook_deliveries SET due_at = now(), attempts = 0 WHERE webhook_id = $1 AND state = 'pending'",
        [webhookId],
      );
    }
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

/**
 * Gives a webhook of the actor's project another secret. The one before stays valid for a while; the one before that does not.
 *
 * @returns it as it is now, or null when there is none
 */
export function rotateWebhookSecret(
  db: Database,
  actor: Actor,
  webhookId: string,
  secret: { readonly sealed: string; readonly previousUntil: Date | null },
): Promise<Webhook | null> {
  return inTransaction(db, async ({ client, orm }) => {
    const [row] = await orm
      .update(webhooks)
      .set({
        sealedSecret: secret.sealed,
        previousSealedSecret: secret.previousUntil === null ? null : sql`${webhooks.sealedSecret}`,
        previousSecretUntil: secret.previousUntil,
      })
      .where(and(eq(webhooks.id, webhookId), eq(webhooks.projectId, actor.projectId)))
      .returning();
    if (row === undefined) return null;
    await recordAudit(client, actor, "webhook.secret-rotated", webhookId);
    return row;
  });
}

/** Stops a webhook until its owner enables it again. In the audit log the platform did it. */
export function disableWebhook(
  db: Database,
  webhook: Pick<Webhook, "id" | "projectId">,
  reason: "gone" | "failing",
): Promise<void> {
  const platform: Actor = { projectId: webhook.projectId, keyId: null, remoteAddress: null };
  return inTransaction(db, async ({ client, orm }) => {
    const rows = await orm
      .update(webhooks)
      .set({ enabled: false, ...switchedOff(reason) })
      .where(and(eq(webhooks.id, webhook.id), eq(webhooks.enabled, true)))
      .returning({ id: webhooks.id });
    if (rows.length > 0) await recordAudit(client, platform, "webhook.disabled", webhook.id);
  });
}

const SWITCHED_ON = {
  disabledAt: null,
  disabledReason: null,
  failingSince: null,
  lastFailureAt: null,
  pausedUntil: null,
} as const;

function switchedOff(reason: NonNullable<Webhook["disabledReason"]>) {
  return { disabledAt: sql`now()`, disabledReason: reason, pausedUntil: null };
}
