import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { createLogger, processExists } from "@waxwing/runtime";
import { Client } from "pg";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../src/embedded/index.ts";

const isRoot = process.getuid?.() === 0;

function capture() {
  const lines: string[] = [];
  return {
    lines,
    log: createLogger({ level: "debug", name: "test", write: (line) => void lines.push(line) }),
  };
}

/** A directory of a test's own; `mode` matters to the user that the server runs as when the tests run as root. */
async function temporaryDirectory(mode: number): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "waxwing-embedded-"));
  await chmod(path, mode);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function start(
  dataDir: string,
  log = capture().log,
  more: { readonly homeDir?: string; readonly durability?: "full" } = {},
): Promise<EmbeddedPostgres> {
  return await startEmbeddedPostgres({ dataDir, log, durability: "none", ...more });
}

for (const [name, mode] of [
  ["a directory that only its owner may enter", 0o700],
  ["a directory that everybody may search", 0o755],
] as const) {
  test(`a server below ${name} keeps its data from one start to the next`, async () => {
    await using directory = await temporaryDirectory(mode);
    const { lines, log } = capture();
    const dataDir = join(directory.path, "postgres");
    {
      await using server = await start(dataDir, log);
      await query(server.connectionString, "CREATE TABLE kept AS SELECT 1 AS one");
      const [settings] = await query(
        server.connectionString,
        `SELECT current_database() AS database, current_setting('server_encoding') AS encoding, current_setting('data_checksums') AS checksums,
          (SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'waxwing') AS locale`,
      );
      assert.deepEqual(settings, {
        database: "waxwing",
        encoding: "UTF8",
        checksums: "on",
        locale: "bC.UTF-8",
      });
    }
    {
      await using server = await start(dataDir, log);
      assert.deepEqual(await query(server.connectionString, "SELECT one FROM kept"), [{ one: 1 }]);
      assert.equal(new URL(server.connectionString).hostname, encodeURIComponent(join(dataDir, "socket")));
    }
    const expected = isRoot && mode === 0o700 ? "setpriv" : "plain";
    assert.ok(
      lines.some(
        (line) => line.includes(`"event":"postgres.started"`) && line.includes(`"as":"${expected}"`),
      ),
    );
    assert.equal((await stat(join(dataDir, "superuser-password"))).mode & 0o777, 0o600);
    const password = (await readFile(join(dataDir, "superuser-password"), "utf8")).trim();
    for (const line of lines) assert.ok(!line.includes(password));
  });
}

test("root lends its own closed directory to the server's group rather than a capability to the server", async () => {
  await using directory = await temporaryDirectory(0o755);
  const home = join(directory.path, "home");
  await mkdir(home, { mode: 0o700 });
  const { lines, log } = capture();
  await using _server = await start(join(home, "postgres"), log, { homeDir: home });
  assert.ok(lines.some((line) => line.includes(`"as":"plain"`)));
  assert.equal((await stat(home)).mode & 0o777, isRoot ? 0o710 : 0o700);
});

const startAndWait = `
  import { createLogger } from ${JSON.stringify(import.meta.resolve("@waxwing/runtime"))};
  import { startEmbeddedPostgres } from ${JSON.stringify(import.meta.resolve("../src/embedded/index.ts"))};
  const log = createLogger({ level: "silent", name: "child" });
  const server = await startEmbeddedPostgres({ dataDir: process.argv[1], durability: "none", log });
  console.log(server.connectionString);
  setInterval(() => {}, 1_000);
`;

async function startInChild(dataDir: string, launcher: readonly string[] = []) {
  const [program = process.execPath, ...rest] = [...launcher, process.execPath];
  const child = spawn(program, [...rest, "--input-type=module", "--eval", startAndWait, "--", dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [url] = await once(createInterface({ input: child.stdout }), "line");
  return { child, url: String(url) };
}

test("a server that outlives its killed parent is stopped and started again, with everything committed", async () => {
  await using directory = await temporaryDirectory(0o755);
  const dataDir = join(directory.path, "postgres");
  const { child, url } = await startInChild(dataDir);
  await query(url, "CREATE TABLE committed AS SELECT 7 AS seven");
  const orphan = Number((await readFile(join(dataDir, "cluster", "postmaster.pid"), "utf8")).split("\n")[0]);
  child.kill("SIGKILL");
  await once(child, "close");
  assert.ok(processExists(orphan), "the database outlives its parent");
  const { lines, log } = capture();
  await using server = await start(dataDir, log);
  assert.deepEqual(await query(server.connectionString, "SELECT seven FROM committed"), [{ seven: 7 }]);
  assert.ok(lines.some((line) => line.includes("postgres.orphan_stopped")));
});

test("a server that was killed itself recovers, and its end is reported", async () => {
  await using directory = await temporaryDirectory(0o755);
  const dataDir = join(directory.path, "postgres");
  {
    const server = await start(dataDir, capture().log, { durability: "full" });
    await query(server.connectionString, "CREATE TABLE committed AS SELECT 7 AS seven");
    const pid = Number((await readFile(join(dataDir, "cluster", "postmaster.pid"), "utf8")).split("\n")[0]);
    process.kill(pid, "SIGKILL");
    const end = await server.ended;
    assert.ok(end.kind === "failed" && end.signal === "SIGKILL", JSON.stringify(end));
    await server.stop();
  }
  await using server = await start(dataDir);
  assert.deepEqual(await query(server.connectionString, "SELECT seven FROM committed"), [{ seven: 7 }]);
});

test("a second start is refused; stopping does not wait for sessions, and can be asked for twice", async () => {
  await using directory = await temporaryDirectory(0o755);
  const dataDir = join(directory.path, "postgres");
  const server = await start(dataDir);
  await assert.rejects(start(dataDir), { name: "EmbeddedPostgresError", kind: "held" });
  const idle = new Client({ connectionString: server.connectionString });
  const { promise: ended, resolve } = Promise.withResolvers<Error>();
  // More than one error comes when a server ends a session: its farewell, then the end of the connection.
  idle.on("error", resolve);
  await idle.connect();
  await idle.query("BEGIN");
  await Promise.all([server.stop(), server.stop()]);
  await ended;
  assert.deepEqual(await server.ended, { kind: "stopped" });
  await idle.end();
});

test("a cluster of another major version is refused in words that help", async () => {
  await using directory = await temporaryDirectory(0o755);
  const dataDir = join(directory.path, "postgres");
  await mkdir(join(dataDir, "cluster"), { recursive: true });
  await writeFile(join(dataDir, "cluster", "PG_VERSION"), "16\n");
  await assert.rejects(
    start(dataDir),
    /made by PostgreSQL 16, and this Waxwing brings 18.*pg_dumpall.*DATABASE_URL/,
  );
});

test("odd paths are no obstacle, long ones are reached over TCP, and a half-made cluster is made again", async () => {
  await using directory = await temporaryDirectory(0o755);
  for (const name of [`a, "b" 'c'`, "x".repeat(120)]) {
    const parent = join(directory.path, name);
    await mkdir(parent, { mode: 0o755 });
    // What a start that was killed during initdb leaves behind.
    await mkdir(join(parent, "postgres", "cluster.initializing", "base"), { recursive: true });
    await using server = await start(join(parent, "postgres"));
    assert.equal((await query(server.connectionString, "SELECT 1")).length, 1);
    assert.equal(new URL(server.connectionString).hostname === "127.0.0.1", name.length > 100);
  }
});

if (isRoot) {
  test("an ordinary user runs the server as themself", async () => {
    await using directory = await temporaryDirectory(0o755);
    const dataDir = join(directory.path, "postgres");
    await mkdir(dataDir);
    await chown(dataDir, 65_534, 65_534);
    const { child, url } = await startInChild(dataDir, [
      "setpriv",
      "--reuid=65534",
      "--regid=65534",
      "--clear-groups",
    ]);
    assert.equal((await query(url, "SELECT 1")).length, 1);
    assert.equal((await stat(join(dataDir, "cluster"))).uid, 65_534);
    child.kill("SIGKILL");
    await once(child, "close");
    // Root takes the orphan over and serves it as its owner.
    await using _server = await start(dataDir);
    assert.equal((await stat(join(dataDir, "cluster"))).uid, 65_534);
  });
}
