import type { PoolClient } from "pg";
import type { Database } from "./database.ts";
import {
  announceFolders,
  type CountedMail,
  countMail,
  type FolderRef,
  inMailTransaction,
  lockFolders,
  takeNumbers,
} from "./mail-transaction.ts";
import { liftSubjects, SUPPRESS_FOLDER, subjectsOf } from "./suppress-folder.ts";

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
    const { rows } = await client.query<{ uid: string; flags: string[]; size_bytes: number }>({
      name: "expunge-candidates",
      text: `SELECT uid, flags, size_bytes FROM mailbox_messages
              WHERE folder_id = $1 AND ($2::bigint[] IS NULL OR uid = ANY($2)) AND (NOT $3 OR '\\Deleted' = ANY(flags))
              ORDER BY uid`,
      values: [ref.folderId, scope.kind === "deleted" ? null : scope.uids, scope.kind !== "uids"],
    });
    if (rows.length === 0) return [];
    const mails = rows.map((row) => ({
      uid: Number(row.uid),
      flags: row.flags,
      sizeBytes: row.size_bytes,
    }));
    const modseq = await takeOutMail(client, { ...ref, name: locked.get(ref.folderId) ?? "" }, mails);
    await announceFolders(client, [{ folderId: ref.folderId, modseq }]);
    return mails.map(({ uid }) => uid);
  });
}

/** As `removeMail`, for somebody who takes mail out of a folder: out of `Suppress` that lifts what the mail has put on record. */
export async function takeOutMail(
  client: PoolClient,
  source: FolderRef & { readonly name: string },
  mails: readonly (CountedMail & { readonly uid: number })[],
): Promise<number> {
  const { mailboxId, folderId, name } = source;
  if (name !== SUPPRESS_FOLDER) return await removeMail(client, folderId, mails);
  const subjects = await subjectsOf(
    client,
    folderId,
    mails.map(({ uid }) => uid),
  );
  const modseq = await removeMail(client, folderId, mails);
  await liftSubjects(client, mailboxId, subjects);
  return modseq;
}

/** Removes messages of a locked folder and keeps their UIDs under a new modseq, which is returned, for sessions that know them. */
export async function removeMail(
  client: PoolClient,
  folderId: string,
  mails: readonly (CountedMail & { readonly uid: number })[],
): Promise<number> {
  const { modseq } = await takeNumbers(client, folderId, 0, countMail(mails, -1));
  await client.query({
    name: "remove-mail",
    text: `WITH gone AS (DELETE FROM mailbox_messages WHERE folder_id = $1 AND uid = ANY($2::bigint[])),
                listings AS (DELETE FROM mailbox_listings WHERE folder_id = $1 AND uid = ANY($2::bigint[]))
           INSERT INTO mailbox_expunged (folder_id, modseq, uids) VALUES ($1, $3, $2)`,
    values: [folderId, mails.map(({ uid }) => uid), modseq],
  });
  return modseq;
}

/**
 * Forgets which messages were expunged longer ago than `retentionMs`: who comes back after that is told what there is instead
 * (RFC 7162 §3.2.5.1). For a periodic job. Returns how many expunges.
 */
export async function forgetExpunged(db: Database, retentionMs: number): Promise<number> {
  let forgotten = 0;
  for (;;) {
    const count = await inMailTransaction(db, async (client) => {
      // Folders first and in order, as everywhere; one that is busy has its turn another time.
      const { rows } = await client.query<{ count: string }>(
        `WITH old AS (
           SELECT folder_id, max(modseq) AS modseq FROM (
             SELECT folder_id, modseq FROM mailbox_expunged
              WHERE expunged_at < now() - $1::float8 * interval '1 millisecond' ORDER BY expunged_at LIMIT $2) AS oldest
            GROUP BY folder_id
         ), locked AS MATERIALIZED (
           SELECT folders.id, old.modseq FROM folders JOIN old ON old.folder_id = folders.id
            ORDER BY folders.id FOR NO KEY UPDATE OF folders SKIP LOCKED
         ), marked AS (
           UPDATE folders SET forgotten_modseq = greatest(forgotten_modseq, locked.modseq) FROM locked WHERE folders.id = locked.id
         ), gone AS (
           DELETE FROM mailbox_expunged USING locked
            WHERE mailbox_expunged.folder_id = locked.id AND mailbox_expunged.modseq <= locked.modseq RETURNING 1
         ) SELECT count(*) FROM gone`,
        [retentionMs, EXPUNGES_AT_ONCE],
      );
      return Number(rows[0]?.count ?? 0);
    });
    forgotten += count;
    if (count < EXPUNGES_AT_ONCE) return forgotten;
  }
}

const EXPUNGES_AT_ONCE = 1_000;
