import { and, asc, eq, sql } from "drizzle-orm";
import { type Actor, recordAudit } from "./audit-log.ts";
import type { Database } from "./database.ts";
import { smtpCredentials } from "./schema/index.ts";
import { inTransaction } from "./transaction.ts";

export type SmtpCredential = typeof smtpCredentials.$inferSelect;

/** What `insertSmtpCredential` did. `taken`: the user name exists, in whatever project. */
export type InsertedSmtpCredential =
  | { readonly kind: "created"; readonly credential: SmtpCredential }
  | { readonly kind: "taken" | "limit-reached" };

/** As with API keys: to the minute is enough, and spares a write per login. */
const USED_RESOLUTION_MS = 60_000;

/** A project's credentials, oldest first. */
export function listSmtpCredentials(db: Database, projectId: string): Promise<SmtpCredential[]> {
  return db.orm
    .select()
    .from(smtpCredentials)
    .where(eq(smtpCredentials.projectId, projectId))
    .orderBy(asc(smtpCredentials.id));
}

/** The credential with this user name (lower case), whoever owns it, or null: the name is what finds the project. */
export async function findSmtpCredential(db: Database, username: string): Promise<SmtpCredential | null> {
  const [row] = await db.orm.select().from(smtpCredentials).where(eq(smtpCredentials.username, username));
  return row ?? null;
}

/** The credential with this id while it exists, or null. */
export async function findSmtpCredentialById(db: Database, id: string): Promise<SmtpCredential | null> {
  const [row] = await db.orm.select().from(smtpCredentials).where(eq(smtpCredentials.id, id));
  return row ?? null;
}

/** Creates a credential, `limit` for a project at most. */
export function insertSmtpCredential(
  db: Database,
  actor: Actor,
  credential: Omit<typeof smtpCredentials.$inferInsert, "projectId">,
  limit: number,
): Promise<InsertedSmtpCredential> {
  return inTransaction(db, async ({ client, orm }) => {
    // Two that are made at once must not both be the last one allowed.
    await client.query("SELECT FROM projects WHERE id = $1 FOR NO KEY UPDATE", [actor.projectId]);
    const count = await orm.$count(smtpCredentials, eq(smtpCredentials.projectId, actor.projectId));
    if (count >= limit) return { kind: "limit-reached" };
    const [row] = await orm
      .insert(smtpCredentials)
      .values({ ...credential, projectId: actor.projectId })
      .onConflictDoNothing({ target: smtpCredentials.username })
      .returning();
    if (row === undefined) return { kind: "taken" };
    await recordAudit(client, actor, "smtp-credential.created", row.id);
    return { kind: "created", credential: row };
  });
}

/** Deletes a credential of the actor's project. Returns whether there was one. */
export function deleteSmtpCredential(db: Database, actor: Actor, id: string): Promise<boolean> {
  return inTransaction(db, async ({ client, orm }) => {
    const rows = await orm
      .delete(smtpCredentials)
      .where(and(eq(smtpCredentials.id, id), eq(smtpCredentials.projectId, actor.projectId)))
      .returning({ id: smtpCredentials.id });
    if (rows.length > 0) await recordAudit(client, actor, "smtp-credential.deleted", id);
    return rows.length > 0;
  });
}

/** Remembers that a credential logged in, at most once a minute. */
export async function touchSmtpCredential(
  db: Database,
  credential: Pick<SmtpCredential, "id" | "lastUsedAt">,
  nowMs: number,
): Promise<void> {
  if (credential.lastUsedAt !== null && nowMs - credential.lastUsedAt.getTime() < USED_RESOLUTION_MS) return;
  const used = new Date(nowMs);
  const before = new Date(nowMs - USED_RESOLUTION_MS);
  await db.orm
    .update(smtpCredentials)
    .set({ lastUsedAt: used })
    .where(
      and(
        eq(smtpCredentials.id, credential.id),
        sql`(${smtpCredentials.lastUsedAt} IS NULL OR ${smtpCredentials.lastUsedAt} <= ${before})`,
      ),
    );
}
