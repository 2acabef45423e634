import type { QueryConfig } from "pg";
import type { Database } from "./database.ts";
import type { MailSummary } from "./folders.ts";
import { applyFlagChange, areSameFlags, type MailFlagChange } from "./mail-flag-change.ts";
import {
  announceFolders,
  type CountChange,
  countMail,
  type FolderRef,
  inMailTransaction,
  lockFolders,
  MAILBOX_CHANNEL,
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
 *
 * Flags are read first and then changed in one statement, where the messages still have the modseq that was read: two trips to the
 * server in place of seven. Should any have changed in between, nothing is changed, and all is done again under the folder's lock.
 *
 * @param remembered all of the messages as they were lately, which saves reading them where all of them change
 */
export async function storeMailFlags(
  db: Database,
  ref: FolderRef,
  uids: readonly number[],
  change: MailFlagChange,
  remembered: readonly RememberedMail[] | null = null,
): Promise<MailFlagResult> {
  const guess = remembered === null ? null : planChange(remembered, change);
  if (guess !== null && guess.changed.length > 0 && guess.changed.length === remembered?.length) {
    const modseq = await changeUnmoved(db, ref, guess);
    return modseq === null ? await storeLocked(db, ref, uids, change) : resultOf(guess, modseq);
  }
  const { rows } = await db.pool.query<FlagRow>({
    name: "mail-flags-now",
    // One by one: while the table has not been analyzed, the planner would rather read the whole folder.
    text: `SELECT message.uid, message.modseq, message.flags, message.size_bytes
             FROM unnest($3::bigint[]) AS wanted(uid),
                  LATERAL (SELECT uid, modseq, flags, size_bytes FROM mailbox_messages AS message
                            WHERE message.folder_id = (SELECT id FROM folders WHERE mailbox_id = $1 AND id = $2)
                              AND message.uid = wanted.uid LIMIT 1) AS message
            ORDER BY message.uid`,
    values: [ref.mailboxId, ref.folderId, uids],
  });
  const plan = planChange(rows.map(readRow), change);
  if (plan.changed.length === 0) return { updated: plan.present, conflicting: plan.conflicting };
  const modseq = await changeUnmoved(db, ref, plan);
  return modseq === null ? await storeLocked(db, ref, uids, change) : resultOf(plan, modseq);
}

interface FlagRow {
  uid: string;
  modseq: string;
  flags: string[];
  size_bytes: number;
}

/** A message whose flags are to be changed. */
export interface RememberedMail extends MailSummary {
  readonly sizeBytes: number;
}

function readRow({ uid, modseq, flags, size_bytes }: FlagRow): RememberedMail {
  return { uid: Number(uid), modseq: Number(modseq), flags, sizeBytes: size_bytes };
}

interface FlagPlan {
  /** All messages that `unchangedSince` allows, as they were. */
  readonly present: readonly MailSummary[];
  /** Those that get other flags; `modseq` is the one they had. */
  readonly changed: readonly MailSummary[];
  readonly conflicting: readonly number[];
  readonly counts: CountChange;
}

function planChange(mails: readonly RememberedMail[], change: MailFlagChange): FlagPlan {
  const present: MailSummary[] = [];
  const changed: MailSummary[] = [];
  const conflicting: number[] = [];
  const before: RememberedMail[] = [];
  const after: RememberedMail[] = [];
  for (const mail of mails) {
    const { uid, modseq } = mail;
    const message = { uid, modseq, flags: mail.flags };
    if (change.unchangedSince !== null && message.modseq > change.unchangedSince) {
      conflicting.push(message.uid);
      continue;
    }
    present.push(message);
    const flags = applyFlagChange(message.flags, change);
    if (areSameFlags(flags, message.flags)) continue;
    changed.push({ ...message, flags });
    before.push(mail);
    after.push({ ...message, flags, sizeBytes: mail.sizeBytes });
  }
  return { present, changed, conflicting, counts: sumCounts(countMail(before, -1), countMail(after)) };
}

function resultOf({ present, changed, conflicting }: FlagPlan, modseq: number): MailFlagResult {
  const now = new Map(changed.map(({ uid, flags }) => [uid, { uid, flags, modseq }]));
  return { updated: present.map((message) => now.get(message.uid) ?? message), conflicting };
}

/** Changes flags as planned and announces it, unless one of the messages is no longer as it was. Returns the new modseq, or null. */
async function changeUnmoved(db: Database, ref: FolderRef, { changed, counts }: FlagPlan) {
  const [only] = changed;
  const statement =
    only !== undefined && changed.length === 1
      ? changeOne(ref, only, counts)
      : changeMany(ref, changed, counts);
  try {
    const { rows } = await db.pool.query<{ modseq: string }>(statement);
    return rows[0] === undefined ? null : Number(rows[0].modseq);
  } catch (error) {
    if (isDivisionByZero(error)) return null;
    throw error;
  }
}

/**
 * The same as `changeMany` in fewer steps, for what programs do all the time: a fifth less of PostgreSQL, the commit included. Who
 * waits for another transaction at the folder sees its row anew, and after that the message's: its modseq is then another one.
 */
function changeOne(ref: FolderRef, { uid, modseq, flags }: MailSummary, counts: CountChange): QueryConfig {
  return {
    name: "change-flags-of-one-mail",
    text: `WITH folder AS (
             UPDATE folders SET highest_modseq = highest_modseq + 1, unseen = unseen + $6, deleted = deleted + $7,
                    deleted_bytes = deleted_bytes + $8
              WHERE mailbox_id = $1 AND id = $2
             RETURNING id, highest_modseq AS modseq
           ), changed AS (
             UPDATE mailbox_messages AS message SET flags = $5, modseq = folder.modseq
               FROM folder
              WHERE message.folder_id = folder.id AND message.uid = $3 AND message.modseq + 0 = $4
             RETURNING message.uid
           )
           SELECT modseq, 1 / (SELECT count(*) FROM changed) AS complete,
                  pg_notify('${MAILBOX_CHANNEL}', id::text || ' ' || modseq)
             FROM folder`,
    values: [
      ref.mailboxId,
      ref.folderId,
      uid,
      modseq,
      flags,
      counts.unseen,
      counts.deleted,
      counts.deletedBytes,
    ],
  };
}

/**
 * Messages are looked at once more after the folder's lock is held: who finds one changed by another transaction in between reads it
 * anew, and then its modseq is another one. Such a message is counted as missing, which the division by zero makes an error.
 *
 * The planner has no choice but the primary key (`+ 0` keeps it from the index of modseqs): it takes folders for small until the table has
 * been analyzed, and flags change so often that an index of them is full of what was.
 */
function changeMany(ref: FolderRef, changed: readonly MailSummary[], counts: CountChange): QueryConfig {
  const wanted = changed.map(({ uid, modseq, flags }) => ({ uid, modseq, flags }));
  return {
    name: "change-mail-flags",
    text: `WITH folder AS MATERIALIZED (
               SELECT id, highest_modseq + 1 AS modseq FROM folders WHERE mailbox_id = $1 AND id = $2 FOR NO KEY UPDATE
             ), unmoved AS MATERIALIZED (
               SELECT message.place, wanted.flags
                 FROM folder, json_to_recordset($3::json) AS wanted(uid bigint, modseq bigint, flags text[]),
                      LATERAL (SELECT message.ctid AS place FROM mailbox_messages AS message
                                WHERE message.folder_id = folder.id AND message.uid = wanted.uid AND message.modseq + 0 = wanted.modseq
                                  FOR NO KEY UPDATE) AS message
             ), changed AS (
               UPDATE mailbox_messages AS message SET flags = unmoved.flags, modseq = folder.modseq
                 FROM folder, unmoved
                WHERE message.ctid = ANY(ARRAY(SELECT place FROM unmoved)) AND message.ctid = unmoved.place
               RETURNING message.uid
             ), counted AS (
               UPDATE folders SET highest_modseq = folder.modseq, unseen = folders.unseen + $5, deleted = folders.deleted + $6,
                      deleted_bytes = folders.deleted_bytes + $7
                 FROM folder WHERE folders.id = folder.id
               RETURNING folders.id, folder.modseq
             )
             SELECT modseq, 1 / ((SELECT count(*) FROM changed) = $4)::integer AS complete,
                    pg_notify('${MAILBOX_CHANNEL}', id::text || ' ' || modseq)
               FROM counted`,
    values: [
      ref.mailboxId,
      ref.folderId,
      JSON.stringify(wanted),
      wanted.length,
      counts.unseen,
      counts.deleted,
      counts.deletedBytes,
    ],
  };
}

function isDivisionByZero(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "22012";
}

function storeLocked(
  db: Database,
  ref: FolderRef,
  uids: readonly number[],
  change: MailFlagChange,
): Promise<MailFlagResult> {
  return inMailTransaction(db, async (client) => {
    const locked = await lockFolders(client, ref.mailboxId, [ref.folderId]);
    if (locked.size === 0) return { updated: [], conflicting: [] };
    const { rows } = await client.query<FlagRow>({
      name: "mail-flags",
      text: `SELECT uid, modseq, flags, size_bytes FROM mailbox_messages WHERE folder_id = $1 AND uid = ANY($2::bigint[]) ORDER BY uid`,
      values: [ref.folderId, uids],
    });
    const plan = planChange(rows.map(readRow), change);
    if (plan.changed.length === 0) return { updated: plan.present, conflicting: plan.conflicting };
    const { modseq } = await takeNumbers(client, ref.folderId, 0, plan.counts);
    await client.query({
      name: "store-mail-flags",
      text: `UPDATE mailbox_messages SET flags = changed.flags, modseq = $3
               FROM json_to_recordset($2::json) AS changed(uid bigint, flags text[])
              WHERE mailbox_messages.folder_id = $1 AND mailbox_messages.uid = changed.uid`,
      values: [ref.folderId, JSON.stringify(plan.changed.map(({ uid, flags }) => ({ uid, flags }))), modseq],
    });
    await announceFolders(client, [{ folderId: ref.folderId, modseq }]);
    return resultOf(plan, modseq);
  });
}
