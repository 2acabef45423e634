import type { Database } from "./database.ts";
import type { FolderRef } from "./mail-transaction.ts";

/** A folder as LIST shows it. */
export interface StoredFolder {
  readonly id: string;
  /** INBOX, or Unicode with `/` between levels. */
  readonly name: string;
  /** RFC 6154 attribute without its backslash, or null. */
  readonly specialUse: string | null;
  readonly subscribed: boolean;
}

/** A folder's numbers (RFC 9051 §6.3.11). */
export interface StoredFolderStatus {
  readonly id: string;
  readonly name: string;
  readonly messages: number;
  /** Without `\Seen`. */
  readonly unseen: number;
  /** With `\Deleted`. */
  readonly deleted: number;
  readonly deletedBytes: number;
  readonly sizeBytes: number;
  readonly uidNext: number;
  readonly uidValidity: number;
  readonly highestModseq: number;
}

/** A message as a sequence-number map needs it. */
export interface MailSummary {
  readonly uid: number;
  readonly flags: readonly string[];
  readonly modseq: number;
}

/** What happened in a folder after a modseq, as of one moment. */
export interface FolderNews {
  readonly highestModseq: number;
  readonly uidNext: number;
  /** Arrived or got other flags, by UID. */
  readonly changed: readonly MailSummary[];
  /** Expunged, ascending; null: expunges that far back have been forgotten. */
  readonly vanished: readonly number[] | null;
}

/** All folders of a mailbox by name. */
export async function listFolders(db: Database, mailboxId: string): Promise<readonly StoredFolder[]> {
  const { rows } = await db.pool.query<{
    id: string;
    name: string;
    special_use: string | null;
    subscribed: boolean;
  }>({
    name: "list-folders",
    text: "SELECT id, name, special_use, subscribed FROM folders WHERE mailbox_id = $1 ORDER BY name",
    values: [mailboxId],
  });
  return rows.map(({ id, name, special_use, subscribed }) => ({
    id,
    name,
    specialUse: special_use,
    subscribed,
  }));
}

/** The numbers of all folders of a mailbox by name, or of the one called `name`. */
export async function folderStatuses(
  db: Database,
  mailboxId: string,
  name: string | null = null,
): Promise<readonly StoredFolderStatus[]> {
  const { rows } = await db.pool.query<StatusRow>({
    name: "folder-statuses",
    text: `SELECT id, name, uid_next, uid_validity, highest_modseq, messages, unseen, deleted, deleted_bytes, size_bytes
             FROM folders WHERE mailbox_id = $1 AND ($2::text IS NULL OR name = $2) ORDER BY name`,
    values: [mailboxId, name],
  });
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    messages: Number(row.messages),
    unseen: Number(row.unseen),
    deleted: Number(row.deleted),
    deletedBytes: Number(row.deleted_bytes),
    sizeBytes: Number(row.size_bytes),
    uidNext: Number(row.uid_next),
    uidValidity: Number(row.uid_validity),
    highestModseq: Number(row.highest_modseq),
  }));
}

interface StatusRow {
  id: string;
  name: string;
  messages: string;
  unseen: string;
  deleted: string;
  deleted_bytes: string;
  size_bytes: string;
  uid_next: string;
  uid_validity: string;
  highest_modseq: string;
}

/** What happened in a folder after a modseq; null when the folder is gone. One statement, so one moment. */
export async function folderNews(db: Database, ref: FolderRef, modseq: number): Promise<FolderNews | null> {
  const { rows } = await db.pool.query<SummaryRow & { vanished: string[] | null; forgotten: boolean }>({
    name: "folder-news",
    text: `SELECT folders.uid_next, folders.highest_modseq, folders.forgotten_modseq > $3 AS forgotten, messages.uid, messages.modseq, messages.flags,
                  CASE WHEN row_number() OVER (ORDER BY messages.uid) = 1 THEN ARRAY(
                    SELECT uid FROM mailbox_expunged AS expunged, unnest(expunged.uids) AS uid
                     WHERE expunged.folder_id = folders.id AND expunged.modseq > $3 ORDER BY uid) END AS vanished
             FROM folders
             LEFT JOIN mailbox_messages AS messages ON messages.folder_id = folders.id AND messages.modseq > $3
            WHERE folders.mailbox_id = $1 AND folders.id = $2 ORDER BY messages.uid`,
    values: [ref.mailboxId, ref.folderId, modseq],
  });
  const [first] = rows;
  if (first === undefined) return null;
  return {
    highestModseq: Number(first.highest_modseq),
    uidNext: Number(first.uid_next),
    changed: rows.flatMap(summary),
    vanished: first.forgotten ? null : (first.vanished ?? []).map(Number),
  };
}

interface SummaryRow {
  uid_next: string;
  highest_modseq: string;
  /** Null in the one row of a folder without messages. */
  uid: string | null;
  modseq: string;
  flags: string[];
}

function summary(row: SummaryRow): MailSummary[] {
  return row.uid === null ? [] : [{ uid: Number(row.uid), flags: row.flags, modseq: Number(row.modseq) }];
}
