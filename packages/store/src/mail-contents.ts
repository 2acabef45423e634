import type { Database } from "./database.ts";
import { inMailTransaction } from "./mail-transaction.ts";

/** Contents looked at in one transaction: bounds how long filings of the same bytes wait. */
const BATCH = 5_000;

/**
 * Deletes the contents that no folder shows any more; for a periodic job. Returns how many.
 *
 * The race with a filing of the same bytes: whether content is an orphan is only known for certain while its row is locked.
 * So orphans are found and locked in one statement, those that a filing has locked are passed over, and a second statement,
 * whose snapshot is younger than the locks, deletes those that still are orphans: a filing that came first has committed and
 * is seen, a filing that comes later waits for the lock and then stores its bytes anew. (One DELETE would not do: after
 * waiting for a lock it looks at the content again, but at the messages of its old snapshot.) The foreign key is the last line.
 */
export async function deleteOrphanedContents(db: Database): Promise<number> {
  let deleted = 0;
  let after: Buffer = Buffer.alloc(0);
  for (;;) {
    const batch = await inMailTransaction(db, async (client) => {
      const seen = await client.query<{ last: Buffer | null }>(
        "SELECT hash AS last FROM mailbox_contents WHERE hash > $1 ORDER BY hash OFFSET $2 LIMIT 1",
        [after, BATCH],
      );
      const last = seen.rows[0]?.last ?? null;
      const orphans = await client.query<{ hash: Buffer }>(
        `SELECT hash FROM mailbox_contents AS content
          WHERE hash > $1 AND ($2::bytea IS NULL OR hash <= $2)
            AND NOT EXISTS (SELECT FROM mailbox_messages WHERE content_hash = content.hash)
            FOR UPDATE SKIP LOCKED`,
        [after, last],
      );
      if (orphans.rows.length === 0) return { last, count: 0 };
      const gone = await client.query(
        `DELETE FROM mailbox_contents AS content WHERE hash = ANY($1::bytea[])
            AND NOT EXISTS (SELECT FROM mailbox_messages WHERE content_hash = content.hash)`,
        [orphans.rows.map((row) => row.hash)],
      );
      return { last, count: gone.rowCount ?? 0 };
    });
    deleted += batch.count;
    if (batch.last === null) return deleted;
    after = batch.last;
  }
}
