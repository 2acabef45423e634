import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import type pg from "pg";
import type { Database } from "./database.ts";
import * as schema from "./schema/index.ts";

/** One connection inside a transaction: `client` for SQL, `orm` for drizzle, both in the same transaction. */
export interface Transaction {
  readonly client: pg.PoolClient;
  readonly orm: NodePgDatabase<typeof schema>;
}

/** What takes SQL: the pool, or a connection inside a transaction. */
export type Queryable = Pick<pg.Pool & pg.PoolClient, "query">;

/** Runs `work` in one transaction on one connection. What it throws rolls back and is passed on. */
export async function inTransaction<T>(
  db: Database,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const client = await db.pool.connect();
  let broken = false;
  try {
    await client.query("BEGIN");
    const result = await work({ client, orm: drizzle(client, { schema }) });
    await client.query("COMMIT");
    return result;
  } catch (error) {
    broken = await client.query("ROLLBACK").then(
      () => false,
      () => true,
    );
    throw error;
  } finally {
    client.release(broken);
  }
}
