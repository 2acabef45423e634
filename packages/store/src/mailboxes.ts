import { newId } from "@waxwing/runtime";
import { and, asc, eq, sql } from "drizzle-orm";
import { type Actor, recordAudit } from "./audit-log.ts";
import type { Database } from "./database.ts";
import { insertFolder } from "./folders-create.ts";
import { announceFolders, inMailTransaction } from "./mail-transaction.ts";
import { idOfAddress, lockAddress } from "./mailbox-address.ts";
import { mailboxes } from "./schema/index.ts";
import { inTransaction } from "./transaction.ts";

export type StoredMailboxAccount = typeof mailboxes.$inferSelect;

/** What `ensureMailbox` found or made. `taken`: another project has this address. */
export type EnsuredMailbox =
  | { readonly kind: "created"; readonly mailbox: StoredMailboxAccount }
  | { readonly kind: "exists"; readonly mailbox: StoredMailboxAccount }
  | { readonly kind: "taken" };

/** The folders every mailbox starts with, and their RFC 6154 attributes. Inbound mail makes them again when they are gone. */
export const STANDARD_FOLDERS = [
  { name: "INBOX", specialUse: null },
  { name: "Sent", specialUse: "Sent" },
  { name: "Drafts", specialUse: "Drafts" },
  { name: "Trash", specialUse: "Trash" },
  { name: "Junk", specialUse: "Junk" },
  { name: "Bounces", specialUse: null },
  { name: "Complaints", specialUse: null },
  { name: "Auto-replies", specialUse: null },
] as const satisfies readonly { name: string; specialUse: string | null }[];

/**
 * The mailbox with this address (in any case), its own or an alias, whoever owns it, or null: the address is what names the project.
 */
export async function findMailbox(db: Database, address: string): Promise<StoredMailboxAccount | null> {
  const [row] = await db.orm
    .select()
    .from(mailboxes)
    .where(sql`${mailboxes.id} = ${idOfAddress(address)}`);
  return row ?? null;
}

/** A mailbox of the project, or null. */
export async function findProjectMailbox(
  db: Database,
  projectId: string,
  mailboxId: string,
): Promise<StoredMailboxAccount | null> {
  const [row] = await db.orm
    .select()
    .from(mailboxes)
    .where(and(eq(mailboxes.id, mailboxId), eq(mailboxes.projectId, projectId)));
  return row ?? null;
}

/** A project's mailboxes by address. */
export function listMailboxes(db: Database, projectId: string): Promise<StoredMailboxAccount[]> {
  return db.orm
    .select()
    .from(mailboxes)
    .where(eq(mailboxes.projectId, projectId))
    .orderBy(asc(mailboxes.address));
}

/**
 * Creates a mailbox with its standard folders in one transaction. One that the project has already is left as it is, its
 * password too: `setMailboxPassword` changes that.
 *
 * @param wanted.passwordHash as `hashPassword` of @waxwing/runtime makes it
 * @param actor who asked, for the audit log; null for the mailbox of the configuration
 */
export async function ensureMailbox(
  db: Database,
  wanted: { readonly projectId: string; readonly address: string; readonly passwordHash: string },
  actor: Actor | null = null,
): Promise<EnsuredMailbox> {
  const created = await inMailTransaction(db, async (client) => {
    const mailboxId = newId();
    if ((await lockAddress(client, wanted.address)) === "alias") return false;
    const { rowCount } = await client.query(
      `INSERT INTO mailboxes (id, project_id, address, password_hash) VALUES ($1, $2, $3, $4)
       ON CONFLICT (address) DO NOTHING`,
      [mailboxId, wanted.projectId, wanted.address.toLowerCase(), wanted.passwordHash],
    );
    if (rowCount === 0) return false;
    for (const folder of STANDARD_FOLDERS) await insertFolder(client, { mailboxId, ...folder });
    if (actor !== null) await recordAudit(client, actor, "mailbox.created", mailboxId);
    return true;
  });
  const [mailbox] = await db.orm
    .select()
    .from(mailboxes)
    .where(eq(mailboxes.address, wanted.address.toLowerCase()));
  if (mailbox === undefined || mailbox.projectId !== wanted.projectId) return { kind: "taken" };
  return { kind: created ? "created" : "exists", mailbox };
}

/** What can be changed of a mailbox, beside its password; see `mailboxes`. */
export interface MailboxSettings
  extends Pick<StoredMailboxAccount, "quotaBytes" | "quotaMessages" | "pop3Deletion" | "retentionDays"> {
  /** Whether mail that is sent from its addresses from now on is filed in its `Sent`. */
  readonly mirrorsSent: boolean;
}

/** Changes settings of a mailbox of the actor's project; those that are absent stay. False: there is no such mailbox. */
export async function changeMailboxSettings(
  db: Database,
  actor: Actor,
  mailboxId: string,
  { mirrorsSent, ...settings }: Partial<MailboxSettings>,
): Promise<boolean> {
  // From this transaction on, not from where readers of the log are: they may be behind what was accepted before.
  const sentCursorXact = sql`coalesce(${mailboxes.sentCursorXact}, pg_current_xact_id()::text::bigint)`;
  const sentCursorId = sql`coalesce(${mailboxes.sentCursorId}, '00000000-0000-0000-0000-000000000000')`;
  const start = { sentCursorXact, sentCursorId };
  const mirroring =
    mirrorsSent === undefined ? {} : mirrorsSent ? start : { sentCursorXact: null, sentCursorId: null };
  return await inTransaction(db, async ({ client, orm }) => {
    const changed = await orm
      .update(mailboxes)
      .set({ ...settings, ...mirroring, projectId: actor.projectId })
      .where(and(eq(mailboxes.id, mailboxId), eq(mailboxes.projectId, actor.projectId)))
      .returning({ id: mailboxes.id });
    if (changed.length === 0) return false;
    await recordAudit(client, actor, "mailbox.changed", mailboxId);
    return true;
  });
}

/** Gives a mailbox of the project a new password, and ends the sessions of the old one. False: the project has no such mailbox. */
export function setMailboxPassword(
  db: Database,
  mailbox: { readonly projectId: string; readonly mailboxId: string; readonly passwordHash: string },
  actor: Actor | null = null,
): Promise<boolean> {
  return inTransaction(db, async ({ client, orm }) => {
    const changed = await orm
      .update(mailboxes)
      .set({ passwordHash: mailbox.passwordHash })
      .where(and(eq(mailboxes.id, mailbox.mailboxId), eq(mailboxes.projectId, mailbox.projectId)))
      .returning({ id: mailboxes.id });
    if (changed.length === 0) return false;
    await announceFolders(client, [{ folderId: mailbox.mailboxId, modseq: null }]);
    if (actor !== null) await recordAudit(client, actor, "mailbox.password-changed", mailbox.mailboxId);
    return true;
  });
}

/** Stores the same password under a newer hash, unless the password was changed meanwhile. */
export async function refreshPasswordHash(
  db: Database,
  mailboxId: string,
  hashes: { readonly from: string; readonly to: string },
): Promise<void> {
  await db.orm
    .update(mailboxes)
    .set({ passwordHash: hashes.to })
    .where(and(eq(mailboxes.id, mailboxId), eq(mailboxes.passwordHash, hashes.from)));
}

/** Removes a mailbox of the project with everything in it. False: the project has no such mailbox. */
export function deleteMailbox(
  db: Database,
  projectId: string,
  mailboxId: string,
  actor: Actor | null = null,
): Promise<boolean> {
  return inMailTransaction(db, async (client) => {
    const found = await client.query(
      "SELECT FROM mailboxes WHERE id = $1 AND project_id = $2 FOR NO KEY UPDATE",
      [mailboxId, projectId],
    );
    if (found.rowCount === 0) return false;
    const gone = await client.query<{ id: string }>(
      "DELETE FROM folders WHERE mailbox_id = $1 RETURNING id",
      [mailboxId],
    );
    await client.query("DELETE FROM mailboxes WHERE id = $1", [mailboxId]);
    await announceFolders(
      client,
      [mailboxId, ...gone.rows.map((row) => row.id)].map((folderId) => ({ folderId, modseq: null })),
    );
    if (actor !== null) await recordAudit(client, actor, "mailbox.deleted", mailboxId);
    return true;
  });
}
