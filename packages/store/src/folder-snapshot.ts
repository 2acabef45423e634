import type { Database } from "./database.ts";
import type { FolderRef } from "./mail-transaction.ts";

/** A folder as SELECT shows it. */
export interface FolderHead {
  readonly id: string;
  readonly name: string;
  readonly uidValidity: number;
  readonly uidNext: number;
  readonly highestModseq: number;
  /** The lowest UID without `\\Seen`, or null. */
  readonly firstUnseenUid: number | null;
}

/** UIDs of a folder at the moment of a modseq, ascending. */
export interface FolderUids {
  readonly uidNext: number;
  readonly highestModseq: number;
  readonly uids: Uint32Array;
}

/** A folder's numbers, or null. Costs the same however many messages there are. */
export async function folderHead(db: Database, mailboxId: string, name: string): Promise<FolderHead | null> {
  const { rows } = await db.pool.query<{
    id: string;
    uid_validity: string;
    uid_next: string;
    highest_modseq: string;
    first_unseen: string | null;
  }>({
    name: "folder-head",
    text: `SELECT id, uid_validity, uid_next, highest_modseq,
                  (SELECT uid FROM mailbox_messages
                    WHERE folder_id = folders.id AND NOT ('\\Seen' = ANY(flags)) ORDER BY uid LIMIT 1) AS first_unseen
             FROM folders WHERE mailbox_id = $1 AND name = $2`,
    values: [mailboxId, name],
  });
  const [row] = rows;
  if (row === undefined) return null;
  return {
    id: row.id,
    name,
    uidValidity: Number(row.uid_validity),
    uidNext: Number(row.uid_next),
    highestModseq: Number(row.highest_modseq),
    firstUnseenUid: row.first_unseen === null ? null : Number(row.first_unseen),
  };
}

/**
 * The UIDs of a folder; null when it is gone. They are read from the index alone and travel as one value of four octets each: rows
 * of their own would cost ten times as much.
 */
export async function folderUids(db: Database, ref: FolderRef): Promise<FolderUids | null> {
  const { rows } = await db.pool.query<{ uid_next: string; highest_modseq: string; uids: Buffer | null }>({
    name: "folder-uids",
    // A UID has 32 bits without a sign (RFC 9051 §2.3.1.1), int4 has one.
    text: `SELECT uid_next, highest_modseq,
                  (SELECT string_agg(int4send((uid - 2147483648)::integer), ''::bytea) FROM (
                     SELECT uid FROM mailbox_messages WHERE folder_id = folders.id ORDER BY uid) AS ordered) AS uids
             FROM folders WHERE mailbox_id = $1 AND id = $2`,
    values: [ref.mailboxId, ref.folderId],
  });
  const [row] = rows;
  if (row === undefined) return null;
  const packed = row.uids ?? Buffer.alloc(0);
  const uids = new Uint32Array(packed.length / 4);
  for (let n = 0; n < uids.length; n++) uids[n] = packed.readInt32BE(n * 4) + 2_147_483_648;
  return { uidNext: Number(row.uid_next), highestModseq: Number(row.highest_modseq), uids };
}
