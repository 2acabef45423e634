import { newId } from "@waxwing/runtime";
import type { PoolClient } from "pg";

/** A folder about to be made. */
export interface NewFolder {
  readonly mailboxId: string;
  readonly name: string;
  /** RFC 6154 attribute without its backslash. */
  readonly specialUse: string | null;
}

/** Most folders in a mailbox: LIST answers them all, and nobody has a thousand. */
export const MAX_FOLDERS = 1_000;

/** Most octets of UTF-8 in a folder name; renames of a parent make names longer than a client could ask for. */
export const MAX_FOLDER_NAME_BYTES = 1_000;

/** Locks a mailbox's folder tree until the end of the transaction. False: there is no such mailbox. */
export async function lockFolderTree(client: PoolClient, mailboxId: string): Promise<boolean> {
  const { rowCount } = await client.query("SELECT FROM mailboxes WHERE id = $1 FOR NO KEY UPDATE", [
    mailboxId,
  ]);
  return rowCount !== 0;
}

/**
 * Inserts a folder and returns its id, or null when the name is taken. The update of the mailbox locks its folder tree.
 *
 * RFC 9051 §2.3.1.1: a UIDVALIDITY never comes back, not even to a folder that is deleted and made again within a second,
 * and a mailbox restored from a backup goes on above what it gave out since. So: the time, or one more than the last.
 */
export async function insertFolder(client: PoolClient, folder: NewFolder): Promise<string | null> {
  const { rows } = await client.query<{ id: string }>({
    name: "insert-folder",
    text: `WITH mailbox AS (
             UPDATE mailboxes SET last_uid_validity = greatest(last_uid_validity + 1, extract(epoch FROM now())::bigint)
              WHERE id = $2 RETURNING id, last_uid_validity
           )
           INSERT INTO folders (id, mailbox_id, name, special_use, uid_validity)
           SELECT $1, id, $3, $4, last_uid_validity FROM mailbox
           ON CONFLICT (mailbox_id, name) DO NOTHING RETURNING id`,
    values: [newId(), folder.mailboxId, folder.name, folder.specialUse],
  });
  return rows[0]?.id ?? null;
}
