import { join } from "node:path";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { ensurePartitions } from "./partitions.ts";

const MIGRATIONS = join(import.meta.dirname, "../../../migrations");

/** Oldest server we run on: MERGE and the xid8 functions we use are in all of them; older ones are out of support. */
const MINIMUM_SERVER_VERSION = 150_000;

/**
 * Brings the database at `url` to the current schema and makes the coming partitions. Many processes may call it at once: one
 * migrates under an advisory lock, the others wait and find nothing to do.
 *
 * @throws when the server is older than PostgreSQL 15, unreachable, or a migration fails (nothing of it stays applied).
 */
export async function migrateDatabase(url: string, nowMs: number = Date.now()): Promise<void> {
  const pool = new pg.Pool({ connectionString: url, max: 3, connectionTimeoutMillis: 10_000 });
  try {
    const lock = await pool.connect();
    try {
      const { rows } = await lock.query<{ server_version_num: string }>("SHOW server_version_num");
      if (Number(rows[0]?.server_version_num) < MINIMUM_SERVER_VERSION) {
        throw new Error(
          `PostgreSQL 15 or newer is needed; DATABASE_URL names version ${rows[0]?.server_version_num}`,
        );
      }
      await lock.query("SELECT pg_advisory_lock(hashtext('waxwing.migrate'))");
      await migrate(drizzle(pool), { migrationsFolder: MIGRATIONS, migrationsTable: "waxwing_migrations" });
      await ensurePartitions(pool, nowMs);
    } finally {
      // Ends the session, and with it the advisory lock, whatever happened above.
      lock.release(true);
    }
  } finally {
    await pool.end();
  }
}
