import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createWebhookLane,
  createWebhookPoster,
  newEvent,
  webhookSecretContext,
} from "../../packages/events/src/index.ts";
import { createLogger, createSecretBox, newId, systemClock } from "../../packages/runtime/src/index.ts";
import { startEmbeddedPostgres } from "../../packages/store/src/embedded/index.ts";
import {
  appendEvents,
  type Database,
  endOfEventLog,
  ensureProject,
  insertWebhook,
  migrateDatabase,
  openDatabase,
} from "../../packages/store/src/index.ts";
import { cpuBetween, findPostmaster, type MeasuredPids, readCpuTimes } from "../cpu.ts";
import type { BenchOptions } from "../options.ts";
import { startProcess } from "../own-process.ts";
import { median, spread, table } from "../report.ts";

const FORMATS = ["waxwing", "sendgrid"] as const;
const EVENTS_A_MESSAGE = 3;
const INSERTED_AT_ONCE = 999;
const WARM_UP_EVENTS = 2_000;

/** One run; CPU of an event, us. */
interface Measured {
  readonly perSecond: number;
  readonly nodeUs: number;
  readonly postgresUs: number;
  readonly sinkUs: number;
}

/**
 * How many events a second one webhook is told, in each format: by this process, on a PostgreSQL of its own, to a sink in another
 * process that answers 204 to everything. Each delivery is recorded, with its try.
 */
export async function measureWebhooks(
  options: BenchOptions,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  await using rig = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), "waxwing-bench-"));
  rig.defer(() => rm(dataDir, { recursive: true, force: true }));
  const log = createLogger({ level: "error", name: "bench" });
  const postgres = rig.use(
    await startEmbeddedPostgres({ dataDir: join(dataDir, "postgres"), homeDir: dataDir, log }),
  );
  await migrateDatabase(postgres.connectionString);
  const db = rig.use(
    openDatabase({
      url: postgres.connectionString,
      onError: (err) => log.error({ event: "database.failed", err }),
    }),
  );
  const sink = rig.use(
    await startProcess({
      name: "the sink",
      command: process.execPath,
      args: [join(import.meta.dirname, "sink-process.ts")],
      ipc: true,
    }),
  );
  const [port] = (await once(sink.child, "message", { signal })) as [number];
  const postmaster = await findPostmaster(process.pid);
  const pids = { waxwing: process.pid, postmaster, redis: null, sink: sink.pid, load: 0 };
  const measured = new Map(FORMATS.map((format): [(typeof FORMATS)[number], Measured[]] => [format, []]));
  for (let round = 0; round <= options.runs; round++) {
    for (const [format, results] of measured) {
      const events = round === 0 ? Math.min(WARM_UP_EVENTS, options.messages) : options.messages;
      const result = await measureOnce(db, { format, events, port, pids, signal });
      if (round === 0) continue;
      results.push(result);
      say(
        `  round ${round}: ${format}: ${result.perSecond.toFixed(0)} events/s, ${result.nodeUs.toFixed(0)} us of Node`,
      );
    }
  }
  const rows = [...measured].map(([format, runs]) => [
    format,
    spread(
      runs.map(({ perSecond }) => perSecond),
      0,
    ),
    ...[(run: Measured) => run.nodeUs, (run: Measured) => run.postgresUs, (run: Measured) => run.sinkUs].map(
      (of) => median(runs.map(of)).toFixed(0),
    ),
  ]);
  return [
    "Events told to one webhook; medians, lowest and highest in parentheses; CPU of an event, us",
    table(["format", "events/s", "Node", "PostgreSQL", "the sink"], rows),
  ].join("\n");
}

/** A project and webhook of its own, and the events in its log; then the lane is drained. */
async function measureOnce(
  db: Database,
  options: {
    readonly format: (typeof FORMATS)[number];
    readonly events: number;
    readonly port: number;
    readonly pids: MeasuredPids;
    readonly signal: AbortSignal;
  },
): Promise<Measured> {
  const { format, events, port, pids, signal } = options;
  await using poster = createWebhookPoster({ privateAddresses: "allow" });
  const secretBox = createSecretBox(randomBytes(32));
  const projectId = newId();
  await ensureProject(db, { id: projectId, name: `bench ${projectId}` });
  const end = await endOfEventLog(db);
  const id = newId();
  await insertWebhook(
    db,
    { projectId, keyId: null, remoteAddress: null },
    {
      id,
      url: `http://127.0.0.1:${port}/`,
      eventTypes: [],
      format,
      sealedSecret: secretBox.seal(`whsec_${randomBytes(32).toString("base64")}`, webhookSecretContext(id)),
      cursorXact: end.xact,
      cursorId: end.id,
    },
    1,
  );
  for (let made = 0; made < events; made += INSERTED_AT_ONCE) await appendEvents(db, someEvents(projectId));
  const drain = createWebhookLane({
    db,
    secretBox,
    poster,
    lanes: {
      wake: () => Promise.resolve(),
      wakeAt: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
    clock: systemClock,
    log: createLogger({ level: "warn", name: "bench" }),
    signal,
  });
  const before = await readCpuTimes(pids);
  const startMs = performance.now();
  let told = 0;
  while (told < events) {
    signal.throwIfAborted();
    await drain(id);
    const { rows } = await db.pool.query<{ told: number }>(
      "SELECT count(*)::integer AS told FROM webhook_deliveries WHERE webhook_id = $1 AND state = 'delivered'",
      [id],
    );
    told = rows[0]?.told ?? 0;
  }
  const elapsedMs = performance.now() - startMs;
  const used = cpuBetween(before, await readCpuTimes(pids));
  return {
    perSecond: (told / elapsedMs) * 1_000,
    nodeUs: (used.waxwing * 1_000) / told,
    postgresUs: (used.postgres * 1_000) / told,
    sinkUs: (used.sink * 1_000) / told,
  };
}

function someEvents(projectId: string) {
  const made = Array.from({ length: INSERTED_AT_ONCE / EVENTS_A_MESSAGE }, () => {
    const subject = { projectId, messageId: newId(), ordinal: 0 };
    const about = { email: "ann@example.test", tags: ["orders"], metadata: { order: "42" } };
    const attempt = { ...about, attempt: 1, reply: "250 2.0.0 ok" };
    return [
      newEvent(subject, "processed", about, Date.now()),
      newEvent(subject, "delivered", attempt, Date.now()),
      newEvent(subject, "opened", { ...about, first: true, machine: false, ip: "192.0.2.1" }, Date.now()),
    ];
  });
  return made.flat();
}
