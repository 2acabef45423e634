import type { Database } from "./database.ts";
import type { MailSummary } from "./folders.ts";
import { applyFlagChange, areSameFlags, type MailFlagChange } from "./mail-flag-change.ts";
import {
  announceFolders,
  type CountedMail,
  countMail,
  type FolderRef,
  inMailTransaction,
  lockFolders,
  sumCounts,
  takeNumbers,
} from "./mail-transaction.ts";

/** What a change of flags came to. */
export interface MailFlagResult {
  /** The messages as they are now, those included that already had the flags, by UID. */
  readonly updated: readonly MailSummary[];
  /** UIDs left alone because of `unchangedSince`, ascending. */
  readonly conflicting: readonly number[];
}

/**
 * Changes the flags of messages in one transaction; those that really change share one new modseq. Messages that are gone,
 * with a folder that is gone all of them, are in neither list.
 */
export function storeMailFlags(
  db: Database,
  ref: FolderRef,
  uids: readonly number[],
  change: MailFlagChange,
): Promise<MailFlagResult> {
  return inMailTransaction(db, async (client) => {
    const updated: MailSummary[] = [];
    const conflicting: number[] = [];
    const locked = await lockFolders(client, ref.mailboxId, [ref.folderId]);
    if (locked.size === 0) return { updated, conflicting };
    const { rows } = await client.query<{ uid: string; modseq: string; flags: string[]; size_bytes: number }>(
      {
        name: "mail-flags",
        text: `SELECT uid, modseq, flags, size_bytes FROM mailbox_messages WHERE folder_id = $1 AND uid = ANY($2::bigint[]) ORDER BY uid`,
        values: [ref.folderId, uids],
      },
    );
    const changed = new Map<number, string[]>();
    const before: CountedMail[] = [];
    const after: CountedMail[] = [];
    const present = rows.flatMap((row) => {
      const message = { uid: Number(row.uid), modseq: Number(row.modseq), flags: row.flags };
      if (change.unchangedSince !== null && message.modseq > change.unchangedSince) {
        conflicting.push(message.uid);
        return [];
      }
      const flags = applyFlagChange(message.flags, change);
      if (!areSameFlags(flags, message.flags)) {
        changed.set(message.uid, flags);
        before.push({ flags: message.flags, sizeBytes: row.size_bytes });
        after.push({ flags, sizeBytes: row.size_bytes });
      }
      return [message];
    });
    if (changed.size === 0) return { updated: present, conflicting };
    const { modseq } = await takeNumbers(
      client,
      ref.folderId,
      0,
      sumCounts(countMail(before, -1), countMail(after)),
    );
    await client.query({
      name: "store-mail-flags",
      text: `UPDATE mailbox_messages SET flags = changed.flags, modseq = $3
               FROM json_to_recordset($2::json) AS changed(uid bigint, flags text[])
              WHERE mailbox_messages.folder_id = $1 AND mailbox_messages.uid = changed.uid`,
      values: [ref.folderId, JSON.stringify([...changed].map(([uid, flags]) => ({ uid, flags }))), modseq],
    });
    await announceFolders(client, [{ folderId: ref.folderId, modseq }]);
    for (const message of present) {
      const flags = changed.get(message.uid);
      updated.push(flags === undefined ? message : { uid: message.uid, flags, modseq });
    }
    return { updated, conflicting };
  });
}
