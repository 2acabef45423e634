import type { PoolClient } from "pg";
import type { Database } from "./database.ts";
import {
  insertFolder,
  lockFolderTree,
  MAX_FOLDER_NAME_BYTES,
  MAX_FOLDERS,
  type NewFolder,
} from "./folders-create.ts";
import {
  announceFolders,
  countMail,
  inMailTransaction,
  lockFolders,
  takeNumbers,
} from "./mail-transaction.ts";

/** `cannot`: `reason` is a sentence for the user. */
export type FolderTreeChange =
  | { readonly kind: "ok" }
  | { readonly kind: "exists" }
  | { readonly kind: "no-such-folder" }
  | { readonly kind: "cannot"; readonly reason: string };

/** A folder that was made, or why it was not. */
export type FolderCreation =
  | { readonly kind: "created"; readonly id: string }
  | { readonly kind: "exists" }
  | { readonly kind: "cannot"; readonly reason: string };

/** Creates a folder. RFC 6154 §3: a special use belongs to one folder at a time. */
export function createFolder(db: Database, folder: NewFolder): Promise<FolderCreation> {
  return inMailTransaction(db, (client) => create(client, folder));
}

async function create(client: PoolClient, folder: NewFolder): Promise<FolderCreation> {
  if (isTooLong(folder.name)) return { kind: "cannot", reason: "The name is too long" };
  if (!(await lockFolderTree(client, folder.mailboxId)))
    return { kind: "cannot", reason: "The mailbox is gone" };
  const { rows } = await client.query<{ count: string; used: boolean | null; taken: boolean | null }>(
    "SELECT count(*), bool_or(special_use = $2) AS used, bool_or(name = $3) AS taken FROM folders WHERE mailbox_id = $1",
    [folder.mailboxId, folder.specialUse, folder.name],
  );
  if (rows[0]?.taken === true) return { kind: "exists" };
  if (rows[0]?.used === true) return { kind: "cannot", reason: "Another folder has that special use" };
  if (Number(rows[0]?.count) >= MAX_FOLDERS) return { kind: "cannot", reason: "There are too many folders" };
  const id = await insertFolder(client, folder);
  return id === null ? { kind: "exists" } : { kind: "created", id };
}

/**
 * Deletes a folder with its messages. Inferior folders stay, below a level that is then only a name (RFC 9051 §6.3.5).
 * INBOX cannot be deleted.
 */
export function deleteFolder(db: Database, mailboxId: string, name: string): Promise<FolderTreeChange> {
  return inMailTransaction(db, async (client) => {
    if (name === "INBOX") return { kind: "cannot", reason: "INBOX cannot be deleted" };
    await lockFolderTree(client, mailboxId);
    const { rows } = await client.query<{ id: string }>(
      "DELETE FROM folders WHERE mailbox_id = $1 AND name = $2 RETURNING id",
      [mailboxId, name],
    );
    if (rows.length === 0) return { kind: "no-such-folder" };
    await announceFolders(
      client,
      rows.map((row) => ({ folderId: row.id, modseq: null })),
    );
    return { kind: "ok" };
  });
}

/**
 * Renames a folder and takes its inferiors along; `from` may be a level that is only a name. Renaming INBOX moves its
 * messages to a new folder, leaves INBOX empty and its inferiors where they are (RFC 9051 §6.3.6).
 */
export function renameFolder(
  db: Database,
  mailboxId: string,
  from: string,
  to: string,
): Promise<FolderTreeChange> {
  return inMailTransaction(db, async (client) => {
    if (!(await lockFolderTree(client, mailboxId))) return { kind: "no-such-folder" };
    if (from === "INBOX") return moveInbox(client, mailboxId, to);
    if (to.startsWith(`${from}/`)) return { kind: "cannot", reason: "A folder cannot move into itself" };
    const { rows } = await client.query<{ id: string; name: string }>(
      "SELECT id, name FROM folders WHERE mailbox_id = $1 ORDER BY id FOR NO KEY UPDATE",
      [mailboxId],
    );
    const isMoving = (name: string) => name === from || name.startsWith(`${from}/`);
    const moving = rows
      .filter((row) => isMoving(row.name))
      .map((row) => ({ id: row.id, name: to + row.name.slice(from.length) }));
    if (moving.length === 0) return { kind: "no-such-folder" };
    const staying = new Set(rows.map((row) => row.name).filter((name) => !isMoving(name)));
    if (staying.has(to) || moving.some((folder) => staying.has(folder.name))) return { kind: "exists" };
    if (moving.some((folder) => isTooLong(folder.name)))
      return { kind: "cannot", reason: "A name gets too long" };
    await client.query(
      `UPDATE folders SET name = renamed.name
         FROM unnest($1::uuid[], $2::text[]) AS renamed(id, name) WHERE folders.id = renamed.id`,
      [moving.map((folder) => folder.id), moving.map((folder) => folder.name)],
    );
    await announceFolders(
      client,
      moving.map((folder) => ({ folderId: folder.id, modseq: null })),
    );
    return { kind: "ok" };
  });
}

/** Moves the rows as they are: the new folder takes over INBOX's numbers and counts under a UIDVALIDITY of its own. */
async function moveInbox(client: PoolClient, mailboxId: string, to: string): Promise<FolderTreeChange> {
  const created = await create(client, { mailboxId, name: to, specialUse: null });
  if (created.kind !== "created") return created;
  const target = created.id;
  const { rows } = await client.query<{ id: string }>(
    "SELECT id FROM folders WHERE mailbox_id = $1 AND name = 'INBOX'",
    [mailboxId],
  );
  const inbox = rows[0]?.id;
  if (inbox === undefined) return { kind: "no-such-folder" };
  await lockFolders(client, mailboxId, [inbox, target]);
  const { modseq } = await takeNumbers(client, inbox, 0, countMail([]));
  await client.query(
    `UPDATE folders SET uid_next = inbox.uid_next, highest_modseq = inbox.highest_modseq, messages = inbox.messages,
            unseen = inbox.unseen, deleted = inbox.deleted, deleted_bytes = inbox.deleted_bytes, size_bytes = inbox.size_bytes,
            forgotten_modseq = inbox.highest_modseq
       FROM folders AS inbox WHERE inbox.id = $1 AND folders.id = $2`,
    [inbox, target],
  );
  await client.query(
    "UPDATE folders SET messages = 0, unseen = 0, deleted = 0, deleted_bytes = 0, size_bytes = 0 WHERE id = $1",
    [inbox],
  );
  await client.query("UPDATE mailbox_listings SET folder_id = $2 WHERE folder_id = $1", [inbox, target]);
  await client.query(
    `WITH moved AS (
       UPDATE mailbox_messages SET folder_id = $2 WHERE folder_id = $1 RETURNING uid
     )
     INSERT INTO mailbox_expunged (folder_id, modseq, uids)
     SELECT $1, $3, array_agg(uid ORDER BY uid) FROM moved HAVING count(*) > 0`,
    [inbox, target, modseq],
  );
  await announceFolders(client, [
    { folderId: inbox, modseq },
    { folderId: target, modseq },
  ]);
  return { kind: "ok" };
}

/** Subscribes or unsubscribes (RFC 9051 §6.3.7). */
export async function setFolderSubscribed(
  db: Database,
  mailboxId: string,
  name: string,
  subscribed: boolean,
): Promise<FolderTreeChange> {
  const { rowCount } = await db.pool.query(
    "UPDATE folders SET subscribed = $3 WHERE mailbox_id = $1 AND name = $2",
    [mailboxId, name, subscribed],
  );
  return rowCount === 0 ? { kind: "no-such-folder" } : { kind: "ok" };
}

function isTooLong(name: string): boolean {
  return Buffer.byteLength(name) > MAX_FOLDER_NAME_BYTES;
}
