import type { PoolClient } from "pg";
import type { Database } from "./database.ts";
import {
  announceFolders,
  type FolderRef,
  inMailTransaction,
  lockFolders,
  takeNumbers,
} from "./mail-transaction.ts";

/** Which messages go: all with `\Deleted`, those with it among `uids`, or `uids` whatever their flags. */
export type MailExpungeScope =
  | { readonly kind: "deleted" }
  | { readonly kind: "deleted-among"; readonly uids: readonly number[] }
  | { readonly kind: "uids"; readonly uids: readonly number[] };

/** Removes messages for good and returns their UIDs, ascending. Their contents go with `deleteOrphanedContents`. */
export function expungeMail(
  db: Database,
  ref: FolderRef,
  scope: MailExpungeScope,
): Promise<readonly number[]> {
  return inMailTransaction(db, async (client) => {
    const locked = await lockFolders(client, ref.mailboxId, [ref.folderId]);
    if (locked.size === 0) return [];
    const { rows } = await client.query<{ uid: string }>({
      name: "expunge-candidates",
      text: `SELECT uid FROM mailbox_messages
              WHERE folder_id = $1 AND ($2::bigint[] IS NULL OR uid = ANY($2)) AND (NOT $3 OR '\\Deleted' = ANY(flags))
              ORDER BY uid`,
      values: [ref.folderId, scope.kind === "deleted" ? null : scope.uids, scope.kind !== "uids"],
    });
    const uids = rows.map((row) => Number(row.uid));
    if (uids.length === 0) return [];
    await removeMail(client, ref.folderId, uids);
    await announceFolders(client, [ref.folderId]);
    return uids;
  });
}

/** Removes messages of a locked folder and keeps their UIDs under a new modseq, for sessions that know them. */
export async function removeMail(
  client: PoolClient,
  folderId: string,
  uids: readonly number[],
): Promise<void> {
  const { modseq } = await takeNumbers(client, folderId, 0);
  await client.query({
    name: "remove-mail",
    text: `WITH gone AS (DELETE FROM mailbox_messages WHERE folder_id = $1 AND uid = ANY($2::bigint[]))
           INSERT INTO mailbox_expunged (folder_id, modseq, uids) VALUES ($1, $3, $2)`,
    values: [folderId, uids, modseq],
  });
}
