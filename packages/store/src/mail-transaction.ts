import pg from "pg";
import type { Database } from "./database.ts";

/** The channel on which every folder that changed is announced, with its modseq, after the commit of the change. */
export const MAILBOX_CHANNEL = "waxwing_mailbox";

/** Names a folder and the mailbox it must be in: a folder of another mailbox is as good as none. */
export interface FolderRef {
  readonly mailboxId: string;
  readonly folderId: string;
}

/**
 * Runs `work` in one transaction on one connection. What it throws rolls back and is passed on.
 *
 * Invariant of everything that changes mailboxes: locks are taken in the order content, mailbox, folders by id, messages; so
 * changes wait for each other and never in a circle.
 */
export async function inMailTransaction<T>(
  db: Database,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await db.pool.connect();
  // The pool stops listening while a client is out; a connection cut between two statements would end the process.
  const ignore = () => {};
  client.on("error", ignore);
  let broken = false;
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    broken = await client.query("ROLLBACK").then(
      () => false,
      () => true,
    );
    throw error;
  } finally {
    client.off("error", ignore);
    client.release(broken);
  }
}

/**
 * Opens a connection of its own, outside the pool: for LISTEN and for locks that belong to a session. The caller ends it and
 * hears of its loss by its `end` event.
 */
export async function connectAlone(db: Database, applicationName: string): Promise<pg.Client> {
  const client = new pg.Client({
    ...db.pool.options,
    application_name: applicationName,
    keepAlive: true,
    // A query that a vanished server never answers has to fail, or the loss would go unnoticed.
    query_timeout: 10_000,
  });
  // What goes wrong is seen by the query under way or by `end`; unheard, the event would end the process.
  client.on("error", () => {});
  await client.connect();
  return client;
}

/**
 * Locks folders until the end of the transaction, so that UIDs and modseqs are handed out in the order of commits.
 *
 * @returns the names of those that are there, by id
 */
export async function lockFolders(
  client: pg.PoolClient,
  mailboxId: string,
  folderIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ id: string; name: string }>({
    name: "lock-folders",
    text: `SELECT id, name FROM folders WHERE mailbox_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
    values: [mailboxId, folderIds],
  });
  return new Map(rows.map((row) => [row.id, row.name]));
}

/** How the counts of a folder change with its messages; see `folders`. */
export interface CountChange {
  readonly messages: number;
  readonly unseen: number;
  readonly deleted: number;
  readonly deletedBytes: number;
  readonly sizeBytes: number;
}

/** A message as the counts of its folder see it. */
export interface CountedMail {
  readonly flags: readonly string[];
  readonly sizeBytes: number;
}

/** What messages add to the counts of a folder, or with -1 take from them. */
export function countMail(mails: Iterable<CountedMail>, sign: 1 | -1 = 1): CountChange {
  const change = { messages: 0, unseen: 0, deleted: 0, deletedBytes: 0, sizeBytes: 0 };
  for (const { flags, sizeBytes } of mails) {
    change.messages += sign;
    change.sizeBytes += sign * sizeBytes;
    if (!flags.includes("\\Seen")) change.unseen += sign;
    if (!flags.includes("\\Deleted")) continue;
    change.deleted += sign;
    change.deletedBytes += sign * sizeBytes;
  }
  return change;
}

/** Both changes as one. */
export function sumCounts(a: CountChange, b: CountChange): CountChange {
  return {
    messages: a.messages + b.messages,
    unseen: a.unseen + b.unseen,
    deleted: a.deleted + b.deleted,
    deletedBytes: a.deletedBytes + b.deletedBytes,
    sizeBytes: a.sizeBytes + b.sizeBytes,
  };
}

/** What messages that come to a folder are given. */
export interface MailNumbers {
  readonly firstUid: number;
  readonly modseq: number;
  readonly uidValidity: number;
}

/**
 * Numbers for `newMessages` messages (0: for a change of old ones) and one new modseq, of a folder that is locked; its counts change
 * by `counts`.
 */
export async function takeNumbers(
  client: pg.PoolClient,
  folderId: string,
  newMessages: number,
  counts: CountChange,
): Promise<MailNumbers> {
  const numbers = await takeNumbersOfAny(client, folderId, newMessages, counts);
  if (numbers === null) throw new Error("numbers are wanted of a folder that is not locked");
  return numbers;
}

/** The same for a folder that may be gone (null); it is locked from here on. */
export async function takeNumbersOfAny(
  client: pg.PoolClient,
  folderId: string,
  newMessages: number,
  counts: CountChange,
): Promise<MailNumbers | null> {
  const { rows } = await client.query<{ uid_next: string; highest_modseq: string; uid_validity: string }>({
    name: "take-numbers",
    text: `UPDATE folders SET uid_next = uid_next + $2, highest_modseq = highest_modseq + 1, messages = messages + $3,
                  unseen = unseen + $4, deleted = deleted + $5, deleted_bytes = deleted_bytes + $6, size_bytes = size_bytes + $7
            WHERE id = $1 RETURNING uid_next, highest_modseq, uid_validity`,
    values: [
      folderId,
      newMessages,
      counts.messages,
      counts.unseen,
      counts.deleted,
      counts.deletedBytes,
      counts.sizeBytes,
    ],
  });
  const [row] = rows;
  if (row === undefined) return null;
  return {
    firstUid: Number(row.uid_next) - newMessages,
    modseq: Number(row.highest_modseq),
    uidValidity: Number(row.uid_validity),
  };
}

/** A folder that has changed; null: in more than its messages, or it is gone. */
export interface FolderChange {
  readonly folderId: string;
  readonly modseq: number | null;
}

/** Announces changed folders; listeners hear it after the commit, and not at all after a rollback. */
export async function announceFolders(
  client: pg.PoolClient,
  changes: readonly FolderChange[],
): Promise<void> {
  await client.query({
    name: "announce-folders",
    text: `SELECT pg_notify('${MAILBOX_CHANNEL}', change) FROM unnest($1::text[]) AS change`,
    values: [changes.map(({ folderId, modseq }) => (modseq === null ? folderId : `${folderId} ${modseq}`))],
  });
}

/** Reads what `announceFolders` wrote. */
export function parseAnnouncement(payload: string): FolderChange {
  const [folderId = "", modseq] = payload.split(" ");
  return { folderId, modseq: modseq === undefined ? null : Number(modseq) };
}

/**
 * JSON that PostgreSQL can hold: U+0000 and unpaired surrogates, which jsonb and text refuse and which mail from outside may
 * well contain, become U+FFFD.
 */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value);
  // Looking at each string costs more than all the rest, and hardly any mail has them.
  if (!/\\u(?:0000|d[89a-f])/.test(text)) return text;
  return JSON.stringify(value, (_, inner) => (typeof inner === "string" ? storableText(inner) : inner));
}

/** Text that PostgreSQL can hold; see `storableJson`. */
export function storableText(text: string): string {
  return text.replaceAll("\0", "\ufffd").toWellFormed();
}
