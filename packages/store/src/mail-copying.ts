import type { Database } from "./database.ts";
import { removeMail } from "./mail-expunging.ts";
import {
  announceFolders,
  type FolderRef,
  inMailTransaction,
  lockFolders,
  takeNumbers,
} from "./mail-transaction.ts";

/** `pairs`: UID in the source and UID in the target, ascending. `no-such-folder`: the target. */
export type MailCopyResult =
  | {
      readonly kind: "ok";
      readonly uidValidity: number;
      readonly pairs: readonly (readonly [source: number, target: number])[];
    }
  | { readonly kind: "no-such-folder" };

/** Copies messages to a folder of the same mailbox, flags and dates included; the contents are shared. */
export function copyMail(
  db: Database,
  ref: FolderRef,
  uids: readonly number[],
  target: string,
): Promise<MailCopyResult> {
  return transfer(db, ref, uids, target, "copy");
}

/** Copies and expunges in one transaction: at no moment is a message in neither folder. */
export function moveMail(
  db: Database,
  ref: FolderRef,
  uids: readonly number[],
  target: string,
): Promise<MailCopyResult> {
  return transfer(db, ref, uids, target, "move");
}

function transfer(
  db: Database,
  ref: FolderRef,
  uids: readonly number[],
  targetName: string,
  mode: "copy" | "move",
): Promise<MailCopyResult> {
  return inMailTransaction(db, async (client) => {
    const targets = await client.query<{ id: string }>({
      name: "copy-target",
      text: "SELECT id FROM folders WHERE mailbox_id = $1 AND name = $2",
      values: [ref.mailboxId, targetName],
    });
    const target = targets.rows[0]?.id;
    if (target === undefined) return { kind: "no-such-folder" };
    // Both at once and in order; a target that went meanwhile is missing from the answer.
    const locked = await lockFolders(client, ref.mailboxId, [ref.folderId, target]);
    if (!locked.has(target)) return { kind: "no-such-folder" };
    const found = locked.has(ref.folderId)
      ? await client.query<{ uid: string }>({
          name: "copy-candidates",
          text: "SELECT uid FROM mailbox_messages WHERE folder_id = $1 AND uid = ANY($2::bigint[]) ORDER BY uid",
          values: [ref.folderId, uids],
        })
      : { rows: [] };
    const present = found.rows.map((row) => Number(row.uid));
    if (present.length === 0) return { kind: "ok", uidValidity: 0, pairs: [] };
    const { firstUid, modseq, uidValidity } = await takeNumbers(client, target, present.length);
    // The source rows are locked with their folder, so their contents cannot become orphans before the copies are there.
    await client.query({
      name: "copy-mail",
      text: `INSERT INTO mailbox_messages (folder_id, uid, modseq, flags, internal_date, size_bytes, content_hash, envelope,
                                           body_structure, preview)
             SELECT $2, $4 + copied.n - 1, $5, flags, internal_date, size_bytes, content_hash, envelope, body_structure, preview
               FROM unnest($3::bigint[]) WITH ORDINALITY AS copied(uid, n)
               JOIN mailbox_messages ON mailbox_messages.folder_id = $1 AND mailbox_messages.uid = copied.uid`,
      values: [ref.folderId, target, present, firstUid, modseq],
    });
    if (mode === "move") await removeMail(client, ref.folderId, present);
    await announceFolders(client, mode === "move" ? [ref.folderId, target] : [target]);
    return {
      kind: "ok",
      uidValidity,
      pairs: present.map((uid, index) => [uid, firstUid + index] as const),
    };
  });
}
