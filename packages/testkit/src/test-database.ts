import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Database, migrateDatabase, openDatabase } from "@waxwing/store";

/** A database of a test's own, migrated and empty. */
export type TestDatabase = AsyncDisposable & {
  readonly url: string;
  /** Ends whatever is still connected to it and removes it. */
  readonly drop: () => Promise<void>;
};

const migrationsDir = join(import.meta.dirname, "../../../migrations");

/**
 * Creates a database from a migrated template, in some tens of milliseconds. The template is made by whoever needs it
 * first; its name holds a digest of the migrations, so a server that is kept between runs never serves an old one.
 *
 * @throws when the tests were started without a database server; the message says how to start them
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = process.env.WAXWING_TEST_DATABASE_URL;
  if (serverUrl === undefined || serverUrl === "") {
    throw new Error(
      "this test needs PostgreSQL: run it with node --test --test-global-setup=packages/testkit/src/global-setup.ts <files>, or name an empty server in WAXWING_TEST_DATABASE_URL",
    );
  }
  const name = `waxwing_test_${process.pid}_${randomBytes(6).toString("hex")}`;
  const template = await templateName();
  await withServer(serverUrl, async (server) => {
    if (!(await exists(server, template))) await makeTemplate(serverUrl, server, template);
    await server.pool.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  });
  const drop = () =>
    withServer(serverUrl, async (server) => {
      await server.pool.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    });
  return { url: databaseUrl(serverUrl, name), drop, [Symbol.asyncDispose]: drop };
}

async function withServer<T>(url: string, use: (server: Database) => Promise<T>): Promise<T> {
  // One connection, so that the advisory lock and what it guards are one session.
  await using server = openDatabase({
    url,
    poolSize: 1,
    applicationName: "waxwing-testkit",
    onError: () => undefined,
  });
  return await use(server);
}

async function exists(server: Database, name: string): Promise<boolean> {
  const { rowCount } = await server.pool.query("SELECT FROM pg_database WHERE datname = $1", [name]);
  return rowCount !== 0;
}

async function makeTemplate(serverUrl: string, server: Database, template: string): Promise<void> {
  await server.pool.query("SELECT pg_advisory_lock(hashtext('waxwing.test-template'))");
  try {
    if (await exists(server, template)) return;
    // Renamed when complete: a run that is killed while migrating leaves no template that only looks finished.
    const draft = `${template}_draft`;
    await server.pool.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
    await server.pool.query(`CREATE DATABASE ${draft}`);
    await migrateDatabase(databaseUrl(serverUrl, draft));
    await server.pool.query(`ALTER DATABASE ${draft} RENAME TO ${template}`);
  } finally {
    await server.pool.query("SELECT pg_advisory_unlock(hashtext('waxwing.test-template'))");
  }
}

async function templateName(): Promise<string> {
  const digest = createHash("sha256");
  // Partitions are made for the days around the migration, so a template is good for its day.
  digest.update(new Date().toISOString().slice(0, 10));
  for (const file of (await readdir(migrationsDir)).sort()) {
    if (file.endsWith(".sql")) digest.update(file).update(await readFile(join(migrationsDir, file)));
  }
  return `waxwing_template_${digest.digest("hex").slice(0, 16)}`;
}

function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}
