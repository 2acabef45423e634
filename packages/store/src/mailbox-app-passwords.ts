import { createHash } from "node:crypto";
import { newId } from "@waxwing/runtime";
import { and, asc, eq, getTableColumns, isNull, lte, or, sql } from "drizzle-orm";
import { type Actor, recordAudit } from "./audit-log.ts";
import type { Database } from "./database.ts";
import { announceFolders } from "./mail-transaction.ts";
import { idOfAddress } from "./mailbox-address.ts";
import type { StoredMailboxAccount } from "./mailboxes.ts";
import { mailboxAppPasswords, mailboxes } from "./schema/index.ts";
import { inTransaction } from "./transaction.ts";

export type AppPassword = typeof mailboxAppPasswords.$inferSelect;
export type AppPasswordScope = AppPassword["scopes"][number];

/** What `insertAppPassword` did. */
export type InsertedAppPassword =
  | { readonly kind: "created"; readonly appPassword: AppPassword }
  | { readonly kind: "no-such-mailbox" | "limit-reached" };

/** What is stored of an app password. */
export function hashAppPassword(password: string): Buffer {
  return createHash("sha256").update("app-password").update(password).digest();
}

/** As with API keys: to the minute is enough, and spares a write per login. */
const USED_RESOLUTION_MS = 60_000;

/** The app passwords of a mailbox of the project, oldest first; none when it has no such mailbox. */
export function listAppPasswords(db: Database, projectId: string, mailboxId: string): Promise<AppPassword[]> {
  return db.orm
    .select(getTableColumns(mailboxAppPasswords))
    .from(mailboxAppPasswords)
    .innerJoin(mailboxes, eq(mailboxes.id, mailboxAppPasswords.mailboxId))
    .where(and(eq(mailboxes.id, mailboxId), eq(mailboxes.projectId, projectId)))
    .orderBy(asc(mailboxAppPasswords.id));
}

/**
 * The mailbox with this address, its own or an alias, and its app password with this hash, if it has one. One statement whatever
 * there is, so that its time tells nothing.
 */
export async function findMailboxLogin(
  db: Database,
  address: string,
  secretHash: Buffer,
): Promise<{ readonly mailbox: StoredMailboxAccount; readonly appPassword: AppPassword | null } | null> {
  const [row] = await db.orm
    .select({ mailbox: mailboxes, appPassword: mailboxAppPasswords })
    .from(mailboxes)
    .leftJoin(
      mailboxAppPasswords,
      and(eq(mailboxAppPasswords.mailboxId, mailboxes.id), eq(mailboxAppPasswords.secretHash, secretHash)),
    )
    .where(sql`${mailboxes.id} = ${idOfAddress(address)}`);
  return row ?? null;
}

/** What somebody has logged in to a mailbox with. */
export type MailboxLogin =
  | { readonly kind: "password"; readonly passwordHash: string }
  | { readonly kind: "app-password"; readonly id: string }
  | { readonly kind: "bearer" };

/** Whether a login would succeed still; what a bearer token is worth now is not asked. */
export async function isLoginGood(db: Database, mailboxId: string, login: MailboxLogin): Promise<boolean> {
  const { rows } = await db.pool.query<{ good: boolean }>({
    name: `is-login-good ${login.kind}`,
    text: {
      password: "SELECT EXISTS (SELECT FROM mailboxes WHERE id = $1 AND password_hash = $2) AS good",
      "app-password":
        "SELECT EXISTS (SELECT FROM mailbox_app_passwords WHERE mailbox_id = $1 AND id = $2::uuid) AS good",
      bearer: "SELECT EXISTS (SELECT FROM mailboxes WHERE id = $1) AS good",
    }[login.kind],
    values: [
      mailboxId,
      ...(login.kind === "password" ? [login.passwordHash] : login.kind === "app-password" ? [login.id] : []),
    ],
  });
  return rows[0]?.good ?? false;
}

/** Gives a mailbox of the actor's project an app password, `limit` for a mailbox at most. */
export function insertAppPassword(
  db: Database,
  actor: Actor,
  wanted: {
    readonly mailboxId: string;
    readonly name: string;
    readonly scopes: readonly AppPasswordScope[];
    readonly secretHash: Buffer;
  },
  limit: number,
): Promise<InsertedAppPassword> {
  const { mailboxId } = wanted;
  return inTransaction(db, async ({ client, orm }) => {
    const { rowCount } = await client.query(
      "SELECT FROM mailboxes WHERE id = $1 AND project_id = $2 FOR NO KEY UPDATE",
      [mailboxId, actor.projectId],
    );
    if (rowCount === 0) return { kind: "no-such-mailbox" };
    if ((await orm.$count(mailboxAppPasswords, eq(mailboxAppPasswords.mailboxId, mailboxId))) >= limit) {
      return { kind: "limit-reached" };
    }
    const [row] = await orm
      .insert(mailboxAppPasswords)
      .values({ ...wanted, scopes: [...wanted.scopes], id: newId() })
      .returning();
    if (row === undefined) throw new Error("an inserted row has not come back");
    await recordAudit(client, actor, "app-password.created", row.id);
    return { kind: "created", appPassword: row };
  });
}

/** Takes an app password from a mailbox of the actor's project, and ends the sessions opened with it. Returns whether there was one. */
export function deleteAppPassword(
  db: Database,
  actor: Actor,
  wanted: { readonly mailboxId: string; readonly id: string },
): Promise<boolean> {
  return inTransaction(db, async ({ client, orm }) => {
    const gone = await orm
      .delete(mailboxAppPasswords)
      .where(
        and(
          eq(mailboxAppPasswords.id, wanted.id),
          eq(mailboxAppPasswords.mailboxId, wanted.mailboxId),
          sql`EXISTS (SELECT FROM mailboxes WHERE id = ${wanted.mailboxId} AND project_id = ${actor.projectId})`,
        ),
      )
      .returning({ id: mailboxAppPasswords.id });
    if (gone.length === 0) return false;
    await announceFolders(client, [{ folderId: wanted.id, modseq: null }]);
    await recordAudit(client, actor, "app-password.deleted", wanted.id);
    return true;
  });
}

/** Remembers that an app password was used, at most once a minute. */
export async function touchAppPassword(
  db: Database,
  { id, lastUsedAt }: Pick<AppPassword, "id" | "lastUsedAt">,
  nowMs: number,
): Promise<void> {
  if (lastUsedAt !== null && nowMs - lastUsedAt.getTime() < USED_RESOLUTION_MS) return;
  const before = new Date(nowMs - USED_RESOLUTION_MS);
  await db.orm
    .update(mailboxAppPasswords)
    .set({ lastUsedAt: new Date(nowMs) })
    .where(
      and(
        eq(mailboxAppPasswords.id, id),
        or(isNull(mailboxAppPasswords.lastUsedAt), lte(mailboxAppPasswords.lastUsedAt, before)),
      ),
    );
}
