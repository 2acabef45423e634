import type { Database } from "./database.ts";
import { removeMail } from "./mail-expunging.ts";
import { announceFolders, inMailTransaction, lockFolders } from "./mail-transaction.ts";

/** Messages removed in one transaction: bounds how long the folder is locked. */
const AT_ONCE = 1_000;

/**
 * Deletes mail that has been in its folder for longer than its mailbox keeps it; for a periodic job. Returns how many messages. What
 * they have put on record in `Suppress` stays. Mail of unknown age counts from its INTERNALDATE.
 */
export async function deleteExpiredMail(db: Database): Promise<number> {
  const { rows } = await db.pool.query<{ mailbox_id: string; folder_id: string; days: number }>(
    `SELECT mailboxes.id AS mailbox_id, folders.id AS folder_id, retention_days AS days
       FROM mailboxes JOIN folders ON folders.mailbox_id = mailboxes.id
      WHERE retention_days IS NOT NULL AND folders.messages > 0`,
  );
  let deleted = 0;
  for (const { mailbox_id: mailboxId, folder_id: folderId, days } of rows) {
    for (;;) {
      const count = await deleteSome(db, { mailboxId, folderId }, days);
      deleted += count;
      if (count < AT_ONCE) break;
    }
  }
  return deleted;
}

function deleteSome(
  db: Database,
  ref: { readonly mailboxId: string; readonly folderId: string },
  days: number,
): Promise<number> {
  return inMailTransaction(db, async (client) => {
    const locked = await lockFolders(client, ref.mailboxId, [ref.folderId]);
    if (!locked.has(ref.folderId)) return 0;
    // UIDs are given in the order of arrival in the folder, so the oldest stand at the head of the primary key.
    const { rows } = await client.query<{ uid: string; flags: string[]; size_bytes: number }>(
      `SELECT uid, flags, size_bytes FROM (
         SELECT uid, flags, size_bytes, coalesce(saved_at, internal_date) AS since FROM mailbox_messages
          WHERE folder_id = $1 ORDER BY uid LIMIT $3) AS oldest
        WHERE since < now() - make_interval(days => $2)`,
      [ref.folderId, days, AT_ONCE],
    );
    if (rows.length === 0) return 0;
    const mails = rows.map((row) => ({ uid: Number(row.uid), flags: row.flags, sizeBytes: row.size_bytes }));
    const modseq = await removeMail(client, ref.folderId, mails);
    await announceFolders(client, [{ folderId: ref.folderId, modseq }]);
    return rows.length;
  });
}
