import type { PoolClient } from "pg";
import type { Database } from "./database.ts";
import { lockFolderTree } from "./folders-create.ts";
import { inMailTransaction } from "./mail-transaction.ts";
import type { Queryable } from "./transaction.ts";

/** What became of annotations that were set: all of them, or none. */
export type MetadataOutcome =
  | { readonly kind: "ok" }
  | { readonly kind: "no-such-folder" }
  | { readonly kind: "too-many" };

/** Most annotations in a mailbox, those of its folders included. */
const MAX_ANNOTATIONS = 1_000;

/** The annotations of a folder, or with null of the mailbox itself, by entry. Null: no such folder. */
export async function mailMetadata(
  db: Database,
  mailboxId: string,
  folder: string | null,
): Promise<ReadonlyMap<string, Buffer> | null> {
  const folderId = folder === null ? null : await findFolder(db.pool, mailboxId, folder);
  if (folderId === undefined) return null;
  const { rows } = await db.pool.query<{ entry: string; value: Buffer }>({
    name: "mail-metadata",
    text: "SELECT entry, value FROM mailbox_metadata WHERE mailbox_id = $1 AND folder_id IS NOT DISTINCT FROM $2 ORDER BY entry",
    values: [mailboxId, folderId],
  });
  return new Map(rows.map(({ entry, value }) => [entry, value]));
}

/** Sets annotations, and removes those whose new value is null. */
export function changeMailMetadata(
  db: Database,
  mailboxId: string,
  folder: string | null,
  changes: ReadonlyMap<string, Buffer | null>,
): Promise<MetadataOutcome> {
  return inMailTransaction(db, async (client): Promise<MetadataOutcome> => {
    if (!(await lockFolderTree(client, mailboxId))) return { kind: "no-such-folder" };
    const folderId = folder === null ? null : await findFolder(client, mailboxId, folder);
    if (folderId === undefined) return { kind: "no-such-folder" };
    const growth = [...changes.values()].filter((value) => value !== null).length;
    if (
      growth > 0 &&
      (await countOthers(client, mailboxId, folderId, [...changes.keys()])) + growth > MAX_ANNOTATIONS
    ) {
      return { kind: "too-many" };
    }
    for (const [entry, value] of changes) await change(client, { mailboxId, folderId, entry, value });
    return { kind: "ok" };
  });
}

/** Undefined: no such folder. */
async function findFolder(pool: Queryable, mailboxId: string, name: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ id: string }>(
    "SELECT id FROM folders WHERE mailbox_id = $1 AND name = $2",
    [mailboxId, name],
  );
  return rows[0]?.id;
}

async function countOthers(
  client: PoolClient,
  mailboxId: string,
  folderId: string | null,
  entries: readonly string[],
): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `SELECT count(*) FROM mailbox_metadata
      WHERE mailbox_id = $1 AND NOT (folder_id IS NOT DISTINCT FROM $2 AND entry = ANY($3::text[]))`,
    [mailboxId, folderId, entries],
  );
  return Number(rows[0]?.count ?? 0);
}

async function change(
  client: PoolClient,
  {
    mailboxId,
    folderId,
    entry,
    value,
  }: {
    readonly mailboxId: string;
    readonly folderId: string | null;
    readonly entry: string;
    readonly value: Buffer | null;
  },
): Promise<void> {
  if (value === null) {
    await client.query(
      "DELETE FROM mailbox_metadata WHERE mailbox_id = $1 AND folder_id IS NOT DISTINCT FROM $2 AND entry = $3",
      [mailboxId, folderId, entry],
    );
    return;
  }
  await client.query(
    `INSERT INTO mailbox_metadata (mailbox_id, folder_id, entry, value) VALUES ($1, $2, $3, $4)
     ON CONFLICT ON CONSTRAINT mailbox_metadata_entry DO UPDATE SET value = excluded.value`,
    [mailboxId, folderId, entry, value],
  );
}
