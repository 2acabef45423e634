import type { Database } from "./database.ts";
import { takeOutMail } from "./mail-expunging.ts";
import { answerOverQuota, refuseOverQuota } from "./mail-quota.ts";
import {
  announceFolders,
  countMail,
  type FolderRef,
  inMailTransaction,
  lockFolders,
  takeNumbers,
} from "./mail-transaction.ts";
import { SUPPRESS_FOLDER, suppressSubjects } from "./suppress-folder.ts";

/** `pairs`: UID in the source and UID in the target, ascending. `no-such-folder`: the target. */
export type MailCopyResult =
  | {
      readonly kind: "ok";
      readonly uidValidity: number;
      readonly pairs: readonly (readonly [source: number, target: number])[];
    }
  | { readonly kind: "no-such-folder" }
  | { readonly kind: "over-quota" };

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
  const work = inMailTransaction<MailCopyResult>(db, async (client) => {
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
      ? await client.query<{ uid: string; flags: string[]; size_bytes: number }>({
          name: "copy-candidates",
          text: "SELECT uid, flags, size_bytes FROM mailbox_messages WHERE folder_id = $1 AND uid = ANY($2::bigint[]) ORDER BY uid",
          values: [ref.folderId, uids],
        })
      : { rows: [] };
    if (found.rows.length === 0) return { kind: "ok", uidValidity: 0, pairs: [] };
    const mails = found.rows.map((row) => ({
      uid: Number(row.uid),
      flags: row.flags,
      sizeBytes: row.size_bytes,
    }));
    const present = mails.map(({ uid }) => uid);
    const { firstUid, modseq, uidValidity } = await takeNumbers(
      client,
      target,
      present.length,
      countMail(mails),
    );
    // A move takes as much as it brings.
    if (mode === "copy") await refuseOverQuota(client, [ref.mailboxId]);
    // The source rows are locked with their folder, so their contents cannot become orphans before the copies are there.
    await client.query({
      name: "copy-mail",
      text: `WITH copied AS MATERIALIZED (
               SELECT uid, $4 + n - 1 AS new_uid FROM unnest($3::bigint[]) WITH ORDINALITY AS copied(uid, n)
             ), listings AS (
               INSERT INTO mailbox_listings (folder_id, uid, envelope, body_structure, preview, about, sent_envelope,
                                             sent_structure, header)
               SELECT $2, new_uid, envelope, body_structure, preview, about, sent_envelope, sent_structure, header
                 FROM copied JOIN mailbox_listings AS source ON source.folder_id = $1 AND source.uid = copied.uid
             )
             INSERT INTO mailbox_messages (folder_id, uid, modseq, flags, internal_date, size_bytes, content_hash, saved_at,
                                           thread_id, fields)
             SELECT $2, new_uid, $5, flags, internal_date, size_bytes, content_hash, now(), thread_id, fields
               FROM copied JOIN mailbox_messages AS source ON source.folder_id = $1 AND source.uid = copied.uid`,
      values: [ref.folderId, target, present, firstUid, modseq],
    });
    const announced = [{ folderId: target, modseq }];
    if (targetName === SUPPRESS_FOLDER) {
      await suppressSubjects(client, ref.mailboxId, target, { from: firstUid, count: present.length });
    }
    if (mode === "move") {
      const source = { ...ref, name: locked.get(ref.folderId) ?? "" };
      announced.push({ folderId: ref.folderId, modseq: await takeOutMail(client, source, mails) });
    }
    await announceFolders(client, announced);
    return {
      kind: "ok",
      uidValidity,
      pairs: present.map((uid, index) => [uid, firstUid + index] as const),
    };
  });
  return answerOverQuota(work);
}
