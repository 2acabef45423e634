import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger, processExists } from "@waxwing/runtime";
import { type EmbeddedPostgres, startEmbeddedPostgres, stopOrphanedPostgres } from "@waxwing/store";

/*
 * For `node --test --test-global-setup=packages/testkit/src/global-setup.ts`: one PostgreSQL for the whole run, in a
 * directory of its own that is removed afterwards. node calls globalTeardown also after Ctrl-C; what a killed run has left
 * behind is removed by the next one.
 */

const directoryPrefix = "waxwing-test-postgres-";

let running: { readonly server: EmbeddedPostgres; readonly directory: string } | null = null;

/** Starts the server and names it in WAXWING_TEST_DATABASE_URL, unless the caller has brought one. */
export async function globalSetup(): Promise<void> {
  if (process.env.WAXWING_TEST_DATABASE_URL) return;
  await removeLeftovers();
  const directory = await mkdtemp(join(tmpdir(), `${directoryPrefix}${process.pid}-`));
  try {
    const server = await startEmbeddedPostgres({
      dataDir: join(directory, "postgres"),
      homeDir: directory,
      durability: "none",
      // stdout belongs to the test reporter.
      log: createLogger({
        level: "error",
        name: "test-database",
        write: (line) => void process.stderr.write(line),
      }),
    });
    running = { server, directory };
    process.env.WAXWING_TEST_DATABASE_URL = server.connectionString;
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

/** Stops the server and removes its directory. */
export async function globalTeardown(): Promise<void> {
  if (running === null) return;
  const { server, directory } = running;
  running = null;
  delete process.env.WAXWING_TEST_DATABASE_URL;
  await server.stop();
  await rm(directory, { recursive: true, force: true });
}

async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(/^waxwing-test-postgres-(\d+)-/.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(pid) || processExists(pid)) continue;
    const directory = join(tmpdir(), name);
    try {
      await stopOrphanedPostgres({ dataDir: join(directory, "postgres"), stopFastMs: 1_000 });
      await rm(directory, { recursive: true, force: true });
    } catch {
      // Another user's run, or another run of ours that is removing it right now.
    }
  }
}
