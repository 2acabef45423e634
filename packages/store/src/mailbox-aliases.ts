import { newId } from "@waxwing/runtime";
import { and, asc, eq, sql } from "drizzle-orm";
import { type Actor, recordAudit } from "./audit-log.ts";
import type { Database } from "./database.ts";
import { lockAddress } from "./mailbox-address.ts";
import { mailboxAliases, mailboxes } from "./schema/index.ts";
import { inTransaction } from "./transaction.ts";

export type MailboxAlias = typeof mailboxAliases.$inferSelect;

/** What `insertMailboxAlias` did. `taken`: a mailbox has this address, in whatever project. */
export type InsertedMailboxAlias =
  | { readonly kind: "created"; readonly alias: MailboxAlias }
  | { readonly kind: "no-such-mailbox" | "taken" | "limit-reached" };

/** The aliases of a mailbox of the project, by address; none when it has no such mailbox. */
export function listMailboxAliases(
  db: Database,
  projectId: string,
  mailboxId: string,
): Promise<MailboxAlias[]> {
  return db.orm
    .select({
      id: mailboxAliases.id,
      mailboxId: mailboxAliases.mailboxId,
      address: mailboxAliases.address,
      createdAt: mailboxAliases.createdAt,
    })
    .from(mailboxAliases)
    .innerJoin(mailboxes, eq(mailboxes.id, mailboxAliases.mailboxId))
    .where(and(eq(mailboxes.id, mailboxId), eq(mailboxes.projectId, projectId)))
    .orderBy(asc(mailboxAliases.address));
}

/** All addresses of a mailbox, in lower case; none when it is gone. */
export async function listMailboxAddresses(db: Database, mailboxId: string): Promise<readonly string[]> {
  const { rows } = await db.pool.query<{ address: string }>({
    name: "mailbox-addresses",
    text: `SELECT address FROM mailboxes WHERE id = $1
           UNION ALL SELECT address FROM mailbox_aliases WHERE mailbox_id = $1`,
    values: [mailboxId],
  });
  return rows.map(({ address }) => address);
}

/**
 * Gives a mailbox of the actor's project one more address, `limit` for a mailbox at most.
 *
 * @param alias.address at a verified domain of the project
 */
export function insertMailboxAlias(
  db: Database,
  actor: Actor,
  alias: { readonly mailboxId: string; readonly address: string },
  limit: number,
): Promise<InsertedMailboxAlias> {
  const { mailboxId, address } = alias;
  return inTransaction(db, async ({ client, orm }) => {
    const { rowCount } = await client.query(
      "SELECT FROM mailboxes WHERE id = $1 AND project_id = $2 FOR NO KEY UPDATE",
      [mailboxId, actor.projectId],
    );
    if (rowCount === 0) return { kind: "no-such-mailbox" };
    if ((await lockAddress(client, address)) !== "free") return { kind: "taken" };
    if ((await orm.$count(mailboxAliases, eq(mailboxAliases.mailboxId, mailboxId))) >= limit) {
      return { kind: "limit-reached" };
    }
    const [row] = await orm
      .insert(mailboxAliases)
      .values({ id: newId(), mailboxId, address: address.toLowerCase() })
      .returning();
    if (row === undefined) throw new Error("an inserted row has not come back");
    await recordAudit(client, actor, "mailbox-alias.created", row.address);
    return { kind: "created", alias: row };
  });
}

/** Takes an alias from a mailbox of the actor's project. Returns whether there was one. */
export function deleteMailboxAlias(
  db: Database,
  actor: Actor,
  alias: { readonly mailboxId: string; readonly aliasId: string },
): Promise<boolean> {
  return inTransaction(db, async ({ client, orm }) => {
    const [gone] = await orm
      .delete(mailboxAliases)
      .where(
        and(
          eq(mailboxAliases.id, alias.aliasId),
          eq(mailboxAliases.mailboxId, alias.mailboxId),
          sql`EXISTS (SELECT FROM mailboxes WHERE id = ${alias.mailboxId} AND project_id = ${actor.projectId})`,
        ),
      )
      .returning();
    if (gone === undefined) return false;
    await recordAudit(client, actor, "mailbox-alias.deleted", gone.address);
    return true;
  });
}
