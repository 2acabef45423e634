/**
 * How many events a second one webhook is told: `DATABASE_URL=... npm run bench:webhooks -- [events]`, on a migrated database. Database, worker and sink are on this machine; the sink
 * answers 204 to everything, in a process of its own.
 */
import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  createWebhookLane,
  createWebhookPoster,
  newEvent,
  webhookSecretContext,
} from "../packages/events/src/index.ts";
import { createLogger, createSecretBox, newId, systemClock } from "../packages/runtime/src/index.ts";
import {
  appendEvents,
  endOfEventLog,
  ensureProject,
  insertWebhook,
  openDatabase,
} from "../packages/store/src/index.ts";
import { cpuBetween, parentOf, readCpuTimes } from "./cpu.ts";

const EVENTS_A_MESSAGE = 3;
const INSERTED_AT_ONCE = 999;

if (process.send === undefined) await measure(Number(process.argv[2] ?? 20_000));
else sink();

/** Answers everything, and tells its port. */
function sink(): void {
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => response.writeHead(204).end());
  });
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
  process.on("disconnect", () => process.exit());
}

async function measure(events: number): Promise<void> {
  const url = process.env.DATABASE_URL;
  if (url === undefined) throw new Error("DATABASE_URL names a migrated database");
  const child = fork(import.meta.filename);
  const [port] = (await once(child, "message")) as [number];
  await using db = openDatabase({ url, onError: (error) => console.error(error) });
  await using poster = createWebhookPoster({ privateAddresses: "allow" });
  const secretBox = createSecretBox(randomBytes(32));
  for (const format of ["waxwing", "sendgrid"] as const) {
    const projectId = newId();
    await ensureProject(db, { id: projectId, name: "bench" });
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
    for (let made = 0; made < events; made += INSERTED_AT_ONCE) await insertEvents(projectId);
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
      signal: new AbortController().signal,
    });
    const told = async (): Promise<number> => {
      const { rows } = await db.pool.query<{ told: number }>(
        "SELECT count(*)::integer AS told FROM webhook_deliveries WHERE webhook_id = $1 AND state = 'delivered'",
        [id],
      );
      return rows[0]?.told ?? 0;
    };
    const pids = {
      waxwing: process.pid,
      postmaster: await postmaster(),
      redis: null,
      sink: child.pid ?? 0,
      load: 0,
    };
    const before = await readCpuTimes(pids);
    const startedMs = performance.now();
    let done = 0;
    while (done < events) {
      await drain(id);
      done = await told();
    }
    const seconds = (performance.now() - startedMs) / 1_000;
    const used = cpuBetween(before, await readCpuTimes(pids));
    const micros = (ms: number): number => Math.round((ms * 1_000) / done);
    console.log(
      `${format}: ${done} events in ${seconds.toFixed(1)} s, ${Math.round(done / seconds)} events/s; an event costs ${micros(used.waxwing)} us of Node, ${micros(used.postgres)} us of PostgreSQL, ${micros(used.sink)} us of the sink`,
    );
  }
  child.disconnect();

  /** Where the database is on this machine; null elsewhere. */
  async function postmaster(): Promise<number | null> {
    const { rows } = await db.pool.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    return rows[0] === undefined ? null : await parentOf(rows[0].pid);
  }

  async function insertEvents(projectId: string): Promise<void> {
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
    await appendEvents(db, made.flat());
  }
}
