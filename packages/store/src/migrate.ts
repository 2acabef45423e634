import { join } from "node:path";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate } from "drizzle-orm/node-postgres/migrator";
import { openDatabase } from "./database.ts";
import { ensurePartitions } from "./partitions.ts";

const MIGRATIONS = join(import.meta.dirname, "../../../migrations");

/** What DATABASE_URL promises in docs/configuration.md. */
const MINIMUM_SERVER_VERSION = 150_000;

/**
 * Brings the database at `url` to the current schema and makes the coming partitions. Many processes may call it at once: one
 * migrates under an advisory lock, the others wait and find nothing to do.
 *
 * @throws when the server is older than PostgreSQL 15, unreachable, or a migration fails (nothing of it stays applied).
 */
export async function migrateDatabase(url: string, nowMs: number = Date.now()): Promise<void> {
  await using db = openDatabase({
    url,
    poolSize: 3,
    applicationName: "waxwing-migrate",
    // The statement that was under way fails with the connection, and that is what the caller hears.
    onError: () => undefined,
  });
  const lock = await db.pool.connect();
  try {
    const { rows } = await lock.query<{ server_version_num: string }>("SHOW server_version_num");
    const version = rows[0]?.server_version_num;
    if (Number(version) < MINIMUM_SERVER_VERSION) {
      throw new Error(`PostgreSQL 15 or newer is needed; DATABASE_URL names version ${version}`);
    }
    await lock.query("SELECT pg_advisory_lock(hashtext('waxwing.migrate'))");
    await migrate(drizzle(db.pool), { migrationsFolder: MIGRATIONS, migrationsTable: "waxwing_migrations" });
    await ensurePartitions(db.pool, nowMs);
  } finally {
    // Ends the session, and with it the advisory lock, whatever happened above.
    lock.release(true);
  }
}
