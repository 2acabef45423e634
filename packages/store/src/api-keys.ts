import { createIpFilter } from "@waxwing/runtime";
import { and, asc, eq, sql } from "drizzle-orm";
import { type Actor, recordAudit } from "./audit-log.ts";
import type { Database } from "./database.ts";
import type { ApiKey } from "./projects.ts";
import { apiKeys } from "./schema/index.ts";
import { inTransaction } from "./transaction.ts";

/** `last_used_at` is for people who ask which keys are still in use; to the minute is enough, and spares a write per request. */
const USED_RESOLUTION_MS = 60_000;

/** A project's keys, oldest first. */
export function listApiKeys(db: Database, projectId: string): Promise<ApiKey[]> {
  return db.orm.select().from(apiKeys).where(eq(apiKeys.projectId, projectId)).orderBy(asc(apiKeys.id));
}

/** The key with this id while it exists, or null. */
export async function findApiKeyById(db: Database, keyId: string): Promise<ApiKey | null> {
  const [row] = await db.orm.select().from(apiKeys).where(eq(apiKeys.id, keyId));
  return row ?? null;
}

/** Creates a key. Null: the project has `limit` keys already. */
export function insertApiKey(
  db: Database,
  actor: Actor,
  key: Omit<typeof apiKeys.$inferInsert, "projectId">,
  limit: number,
): Promise<ApiKey | null> {
  return inTransaction(db, async ({ client, orm }) => {
    // Two that are made at once must not both be the last one allowed.
    await client.query("SELECT FROM projects WHERE id = $1 FOR NO KEY UPDATE", [actor.projectId]);
    if ((await orm.$count(apiKeys, eq(apiKeys.projectId, actor.projectId))) >= limit) return null;
    const [row] = await orm
      .insert(apiKeys)
      .values({ ...key, projectId: actor.projectId })
      .returning();
    if (row === undefined) throw new Error("INSERT ... RETURNING gave no row");
    await recordAudit(client, actor, "api-key.created", row.id);
    return row;
  });
}

/** Changes a key of the actor's project; what is absent stays. Returns it, or null when there is none. */
export function updateApiKey(
  db: Database,
  actor: Actor,
  keyId: string,
  change: Partial<Pick<ApiKey, "name" | "scopes" | "allowedIps" | "expiresAt" | "rateLimit" | "dailyQuota">>,
): Promise<ApiKey | null> {
  return inTransaction(db, async ({ client, orm }) => {
    const [row] = await orm
      .update(apiKeys)
      .set(change)
      .where(and(eq(apiKeys.id, keyId), eq(apiKeys.projectId, actor.projectId)))
      .returning();
    if (row !== undefined) await recordAudit(client, actor, "api-key.changed", keyId);
    return row ?? null;
  });
}

/** Deletes a key of the actor's project. Returns whether there was one. */
export function deleteApiKey(db: Database, actor: Actor, keyId: string): Promise<boolean> {
  return inTransaction(db, async ({ client, orm }) => {
    const rows = await orm
      .delete(apiKeys)
      .where(and(eq(apiKeys.id, keyId), eq(apiKeys.projectId, actor.projectId)))
      .returning({ id: apiKeys.id });
    if (rows.length > 0) await recordAudit(client, actor, "api-key.deleted", keyId);
    return rows.length > 0;
  });
}

/** Remembers that a key was used, at most once a minute. */
export async function touchApiKey(
  db: Database,
  key: Pick<ApiKey, "id" | "lastUsedAt">,
  nowMs: number,
): Promise<void> {
  if (key.lastUsedAt !== null && nowMs - key.lastUsedAt.getTime() < USED_RESOLUTION_MS) return;
  const used = new Date(nowMs);
  const before = new Date(nowMs - USED_RESOLUTION_MS);
  await db.orm
    .update(apiKeys)
    .set({ lastUsedAt: used })
    .where(
      and(eq(apiKeys.id, key.id), sql`(${apiKeys.lastUsedAt} IS NULL OR ${apiKeys.lastUsedAt} <= ${before})`),
    );
}

/** Whether a key may be used now and from there. */
export function judgeApiKey(
  key: Pick<ApiKey, "expiresAt" | "allowedIps">,
  use: { readonly nowMs: number; readonly remoteAddress: string },
): "ok" | "expired" | "foreign-address" {
  if (key.expiresAt !== null && key.expiresAt.getTime() <= use.nowMs) return "expired";
  if (key.allowedIps.length > 0 && !createIpFilter(key.allowedIps)(use.remoteAddress))
    return "foreign-address";
  return "ok";
}
