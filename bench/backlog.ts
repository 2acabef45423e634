import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createLogger } from "../packages/runtime/src/logger.ts";
import { type Database, openDatabase } from "../packages/store/src/database.ts";
import { startEmbeddedPostgres } from "../packages/store/src/embedded/index.ts";
import { fillBacklog } from "./backlog-rows.ts";
import { findPostmaster, peakMemoryMib, treeCpuMs } from "./cpu.ts";
import { LAUNCHER, launcherEnv } from "./launcher.ts";
import { startLoad } from "./load.ts";
import { postgresVersion, redisVersion } from "./machine.ts";
import type { BackendName, BenchOptions } from "./options.ts";
import { type OwnProcess, startProcess, waitForOutput } from "./own-process.ts";
import { startRedis } from "./redis.ts";
import { table } from "./report.ts";
import { startSink } from "./sink.ts";

const SMALLEST = 1_000;
const STEP = 10;
/** Delivered by each worker before anything is measured: its code is compiled then. */
const WARM_UP = 2_000;
const MEASURED = 5_000;
const START_MS = 60_000;
const STALLED_MS = 60_000;

/**
 * What a message costs while 1,000, 10,000 and so on up to `options.messages` are queued and due: the role `worker` in a process of
 * its own takes some of them, and is stopped. The rows are copied in SQL from one message that came in over HTTP, each with content
 * of its own.
 *
 * @returns the report
 */
export async function measureBacklog(
  backend: BackendName,
  options: BenchOptions,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  await using rig = new AsyncDisposableStack();
  const redis = backend === "redis" ? await startRedis(signal) : null;
  if (redis !== null) rig.use(redis);
  else if (backend === "redis") return "redis-server is not on PATH: the backlog on Redis is NOT measured";
  const directory = await mkdtemp(join(tmpdir(), "waxwing-bench-"));
  rig.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  const sink = rig.use(await startSink(signal));
  const postgres = rig.use(
    await startEmbeddedPostgres({
      dataDir: join(directory, "postgres"),
      homeDir: directory,
      log: createLogger({ level: "error", name: "bench" }),
    }),
  );
  const apiKey = `bench-${randomBytes(24).toString("base64url")}`;
  const env = {
    ...launcherEnv(null),
    DATABASE_URL: postgres.connectionString,
    ...(redis !== null && { REDIS_URL: redis.url }),
    WAXWING_DATA_DIR: join(directory, "waxwing"),
    WAXWING_SECRET_KEY: randomBytes(32).toString("base64"),
    WAXWING_API_KEY: apiKey,
    WAXWING_MAILBOX_PASSWORD: "not used here",
    WAXWING_HOSTNAME: "bench.waxwing.test",
    WAXWING_HTTP_LISTEN: "127.0.0.1:0",
    WAXWING_ROUTES: `.test=127.0.0.1:${sink.port}`,
  };
  const start = async (role: string, ready: RegExp) => {
    const started = await startProcess({
      name: `waxwing start ${role}`,
      command: LAUNCHER,
      args: ["start", role],
      env,
      stdout: "pipe",
    });
    return { started, said: await waitForOutput(started, ready, START_MS, signal) };
  };
  {
    const { started, said } = await start("api", /"event":"http\.listening".*"port":(\d+)/);
    await using _api = started;
    await using load = await startLoad(signal);
    const api = `http://127.0.0.1:${said[1]}`;
    await load.send({ api, apiKey, messages: 1, connections: 1, domains: 1 });
  }
  await using db: Database = openDatabase({
    url: postgres.connectionString,
    poolSize: 1,
    onError: () => undefined,
  });
  const postmaster = await findPostmaster(process.pid);
  const roots = (worker: OwnProcess): readonly number[] => [
    worker.pid,
    ...(postmaster === null ? [] : [postmaster]),
    ...(redis === null ? [] : [redis.process.pid]),
  ];
  const delivered = async (target: number): Promise<void> => {
    let [last, lastMs] = [0, performance.now()];
    for (let now = await sink.count(); now < target; now = await sink.count()) {
      if (now > last) [last, lastMs] = [now, performance.now()];
      else if (performance.now() - lastMs > STALLED_MS) throw new Error("nothing is delivered");
      await sleep(10, undefined, { signal });
    }
  };

  const rows: string[][] = [];
  for (let size = SMALLEST; size <= options.messages; size *= STEP) {
    signal.throwIfAborted();
    const measured = Math.min(MEASURED, size);
    await fillBacklog(db, { waiting: size + WARM_UP, site: `route:127.0.0.1:${sink.port}` });
    const { started: worker } = await start("worker", /"event":"process\.started"/);
    await using _worker = worker;
    const before = await sink.count();
    await delivered(before + WARM_UP);
    const [fromCpuMs, fromMs, from] = [await treeCpuMs(roots(worker)), performance.now(), await sink.count()];
    await delivered(from + Math.min(measured, before + WARM_UP + size - from));
    const took = (await sink.count()) - from;
    const elapsedMs = performance.now() - fromMs;
    const cpuMs = (await treeCpuMs(roots(worker))) - fromCpuMs;
    const mib = await peakMemoryMib(worker.pid);
    rows.push([
      String(size),
      ((took / elapsedMs) * 1_000).toFixed(0),
      (cpuMs / took).toFixed(2),
      mib.toFixed(0),
    ]);
    say(`  ${size} queued: ${(cpuMs / took).toFixed(2)} ms of CPU a message`);
  }
  const queue = redis === null ? "PostgreSQL" : redisVersion();
  return [
    `Delivering beside a backlog; queue on ${queue}, store on ${postgresVersion(postmaster)}`,
    table(["queued and due", "messages/s", "CPU ms a message", "peak MiB of the worker"], rows),
    "",
    "CPU: worker, PostgreSQL and queue, user and system, without sink.",
  ].join("\n");
}
