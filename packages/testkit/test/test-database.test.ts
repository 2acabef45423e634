import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { openDatabase } from "@waxwing/store";
import { createTestDatabase } from "../src/test-database.ts";

test("databases are made in parallel, migrated, and apart from each other", async () => {
  const databases = await Promise.all(Array.from({ length: 4 }, () => createTestDatabase()));
  try {
    assert.equal(new Set(databases.map(({ url }) => url)).size, 4);
    for (const { url } of databases) {
      await using database = openDatabase({ url, poolSize: 1, onError: () => undefined });
      const { rows } = await database.pool.query(
        "SELECT count(*)::int AS tables FROM pg_class WHERE relname = 'backlog'",
      );
      assert.deepEqual(rows, [{ tables: 1 }]);
      await database.pool.query("CREATE TABLE mine_alone ()");
    }
  } finally {
    await Promise.all(databases.map(({ drop }) => drop()));
  }
});

test("a dropped database is gone, even while someone is connected to it", async () => {
  const { url, drop } = await createTestDatabase();
  const database = openDatabase({ url, poolSize: 1, onError: () => undefined });
  await database.pool.query("SELECT 1");
  await drop();
  await drop();
  await assert.rejects(database.pool.query("SELECT 1"));
  await database[Symbol.asyncDispose]();
});

test("without a server the error says how to run the tests", async () => {
  const { WAXWING_TEST_DATABASE_URL: _unset, ...env } = process.env;
  const code = `import { createTestDatabase } from ${JSON.stringify(import.meta.resolve("../src/test-database.ts"))};
    await createTestDatabase().catch((error) => console.log(error.message));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code], {
    env,
  });
  assert.match(stdout, /--test-global-setup=packages\/testkit\/src\/global-setup\.ts/);
});
