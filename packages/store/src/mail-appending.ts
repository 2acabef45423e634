import type { Database } from "./database.ts";
import { takeOutMail } from "./mail-expunging.ts";
import { type FiledMail, insertMail, storeContents } from "./mail-insertion.ts";
import { answerOverQuota, refuseOverQuota } from "./mail-quota.ts";
import {
  announceFolders,
  countMail,
  inMailTransaction,
  lockFolders,
  takeNumbersOfAny,
} from "./mail-transaction.ts";

/** `uids`: in the order of the messages. `no-such-message`: what was to be replaced is gone. */
export type MailAppendResult =
  | { readonly kind: "ok"; readonly uidValidity: number; readonly uids: readonly number[] }
  | { readonly kind: "no-such-folder" }
  | { readonly kind: "no-such-message" }
  | { readonly kind: "over-quota" };

/**
 * Appends messages to a folder, all or none of them, and with `replaced` removes another in the same transaction (RFC 8508). They
 * share one modseq. A folder that is not there is not made: RFC 9051 §6.3.12.
 */
export function appendMail(
  db: Database,
  target: { readonly mailboxId: string; readonly folder: string },
  mails: readonly FiledMail[],
  replaced: { readonly folderId: string; readonly uid: number } | null = null,
): Promise<MailAppendResult> {
  const { mailboxId } = target;
  const work = inMailTransaction<MailAppendResult>(db, async (client) => {
    const found = await client.query<{ id: string }>({
      name: "append-target",
      text: "SELECT id FROM folders WHERE mailbox_id = $1 AND name = $2",
      values: [mailboxId, target.folder],
    });
    const folderId = found.rows[0]?.id;
    if (folderId === undefined) return { kind: "no-such-folder" };
    await storeContents(client, mails);
    if (replaced !== null) {
      const locked = await lockFolders(client, mailboxId, [folderId, replaced.folderId]);
      if (!locked.has(folderId)) return { kind: "no-such-folder" };
      if (!locked.has(replaced.folderId)) return { kind: "no-such-message" };
      const { rows } = await client.query<{ flags: string[]; size_bytes: number }>({
        name: "replaced-mail",
        text: "SELECT flags, size_bytes FROM mailbox_messages WHERE folder_id = $1 AND uid = $2",
        values: [replaced.folderId, replaced.uid],
      });
      const [old] = rows;
      if (old === undefined) return { kind: "no-such-message" };
      const gone = { uid: replaced.uid, flags: old.flags, sizeBytes: old.size_bytes };
      const source = { mailboxId, folderId: replaced.folderId, name: locked.get(replaced.folderId) ?? "" };
      const modseq = await takeOutMail(client, source, [gone]);
      await announceFolders(client, [{ folderId: replaced.folderId, modseq }]);
    }
    // This locks the folder where that has not been done.
    const numbers = await takeNumbersOfAny(client, folderId, mails.length, countMail(mails));
    if (numbers === null) return { kind: "no-such-folder" };
    await refuseOverQuota(client, [mailboxId]);
    const { firstUid, modseq, uidValidity } = numbers;
    const places = mails.map((mail, n) => ({ folderId, uid: firstUid + n, modseq, mail }));
    await insertMail(client, places);
    return { kind: "ok", uidValidity, uids: places.map(({ uid }) => uid) };
  });
  return answerOverQuota(work);
}
