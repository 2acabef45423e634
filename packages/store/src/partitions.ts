import { lowestIdAt } from "@waxwing/runtime";
import type { Pool } from "pg";

/**
 * The tables that grow with traffic, each with the UUIDv7 column whose time decides the partition. Rows of one message share
 * the message's month in all of them, so that dropping a month drops whole messages.
 */
export const PARTITIONED_TABLES = {
  messages: { key: "id", fillfactor: 100 },
  message_contents: { key: "bucket", fillfactor: 100 },
  // Room on the page for the state update that follows, so that it stays heap-only.
  recipients: { key: "message_id", fillfactor: 70 },
  attempts: { key: "message_id", fillfactor: 100 },
  engagements: { key: "message_id", fillfactor: 80 },
  events: { key: "id", fillfactor: 100 },
  webhook_deliveries: { key: "event_id", fillfactor: 80 },
} as const satisfies Record<string, { key: string; fillfactor: number }>;

/** The lowest id of the month of `timeMs` (UTC): the partition bound, and the bucket of `message_contents`. */
export function monthBucket(timeMs: number): string {
  const date = new Date(timeMs);
  return lowestIdAt(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1));
}

/**
 * Creates the partitions of this month and the `monthsAhead` that follow. Safe to run from many processes at once: each
 * partition is created under one advisory lock. Rows whose month has no partition go to the default partition: a late
 * maintenance job must never refuse mail.
 */
export async function ensurePartitions(pool: Pool, nowMs: number, monthsAhead = 2): Promise<void> {
  const now = new Date(nowMs);
  const wanted = new Map<string, string>();
  for (let month = 0; month <= monthsAhead; month++) {
    const from = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + month, 1);
    const to = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + month + 1, 1);
    for (const [table, { fillfactor }] of Object.entries(PARTITIONED_TABLES)) {
      const name = partitionName(table, from);
      wanted.set(
        name,
        `CREATE TABLE IF NOT EXISTS "${name}" PARTITION OF "${table}"
         FOR VALUES FROM ('${lowestIdAt(from)}') TO ('${lowestIdAt(to)}') WITH (fillfactor = ${fillfactor})`,
      );
    }
  }
  // Even a CREATE that finds its table there locks the parent, and every statement on it waits: look first.
  const { rows } = await pool.query<{ name: string }>(
    "SELECT name FROM unnest($1::text[]) AS wanted(name) WHERE to_regclass(quote_ident(name)) IS NULL",
    [[...wanted.keys()]],
  );
  if (rows.length === 0) return;
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await client.query("SELECT pg_advisory_xact_lock(hashtext('waxwing.partitions'))");
    for (const { name } of rows) await client.query(wanted.get(name) ?? "");
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}

/** Drops every partition whose month ended before `olderThanMs`. Returns the names of the dropped tables. */
export async function dropPartitionsBefore(pool: Pool, olderThanMs: number): Promise<readonly string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT child.relname AS name FROM pg_inherits
       JOIN pg_class child ON child.oid = inhrelid JOIN pg_class parent ON parent.oid = inhparent
      WHERE parent.relname = ANY($1) AND parent.relnamespace = current_schema()::regnamespace`,
    [Object.keys(PARTITIONED_TABLES)],
  );
  const dropped: string[] = [];
  for (const { name } of rows) {
    const month = /_(\d{4})_(\d{2})$/.exec(name);
    if (month === null) continue;
    const end = Date.UTC(Number(month[1]), Number(month[2]), 1);
    if (end > olderThanMs) continue;
    await pool.query(`DROP TABLE "${name}"`);
    dropped.push(name);
  }
  return dropped;
}

function partitionName(table: string, monthStartMs: number): string {
  const start = new Date(monthStartMs);
  return `${table}_${start.getUTCFullYear()}_${String(start.getUTCMonth() + 1).padStart(2, "0")}`;
}
