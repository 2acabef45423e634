import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createLogger } from "@waxwing/runtime";
import { type EmbeddedPostgres, findRunningPostgres, startEmbeddedPostgres } from "@waxwing/store";
import { freePort, startWaxwing, temporaryDataDir, until, type WaxwingProcess } from "../waxwing-process.ts";

/** What can be killed. */
export type Victim = "worker" | "api" | "postgres" | "redis";

/** A platform of several processes, every one of which can be killed and comes back under the same address. */
export interface CrashWorld extends AsyncDisposable {
  /** The same one after a crash. */
  readonly apiPort: number;
  readonly databaseUrl: string;
  /** Who can be killed here: `redis` only where there is a redis-server. */
  readonly victims: readonly Victim[];
  /** kill -9. Resolves when the process is gone. */
  readonly kill: (victim: Victim) => Promise<void>;
  /** Starts it again and waits until it works. */
  readonly revive: (victim: Victim) => Promise<void>;
}

/** Something of which there is always one, or none because it has been killed. */
interface Part {
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
}

/**
 * Starts PostgreSQL (durable, as `npm start` does), a Redis where `redis-server` is on PATH, one API and two workers. The second worker
 * is never killed, so that work goes on, and leases change hands, while the first is away.
 *
 * @param routes as `WAXWING_ROUTES` has them
 */
export async function openCrashWorld(routes: string): Promise<CrashWorld> {
  await using rig = new AsyncDisposableStack();
  const home = rig.use(await temporaryDataDir());
  const postgres = rig.use(await openPostgres(home.path));
  const redis = await openRedis(home.path);
  if (redis !== null) rig.use(redis);
  const apiPort = await freePort();
  const env = {
    DATABASE_URL: postgres.url,
    ...(redis !== null && { REDIS_URL: redis.url }),
    WAXWING_SECRET_KEY: randomBytes(32).toString("base64"),
    WAXWING_ROUTES: routes,
    WAXWING_LEASE: "5s",
    WAXWING_RETRY_SCHEDULE: "1s",
    WAXWING_HTTP_LISTEN: `127.0.0.1:${apiPort}`,
  };
  const role = async (name: "api" | "worker"): Promise<Part & AsyncDisposable> => {
    const data = rig.use(await temporaryDataDir());
    let running: WaxwingProcess;
    const start = async (): Promise<void> => {
      running = await startWaxwing({ ...env, WAXWING_DATA_DIR: data.path }, name);
    };
    await start();
    return {
      start,
      kill: async () => void (await running.stop("SIGKILL")),
      [Symbol.asyncDispose]: async () => void (await running.stop()),
    };
  };
  const parts: Readonly<Record<Victim, Part | null>> = {
    postgres,
    redis,
    api: rig.use(await role("api")),
    worker: rig.use(await role("worker")),
  };
  rig.use(await role("worker"));
  const part = (victim: Victim): Part => {
    const found = parts[victim];
    if (found === null) throw new Error(`there is no ${victim}`);
    return found;
  };
  const running = rig.move();
  return {
    apiPort,
    databaseUrl: postgres.url,
    victims: redis === null ? ["worker", "api", "postgres"] : ["worker", "api", "postgres", "redis"],
    kill: (victim) => part(victim).kill(),
    revive: (victim) => part(victim).start(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** A server that comes back at another port each time, behind a relay that stays where it is. */
async function openPostgres(home: string): Promise<Part & AsyncDisposable & { readonly url: string }> {
  const dataDir = join(home, "postgres");
  const log = createLogger({ level: "fatal", name: "crash", write: () => undefined });
  let server: EmbeddedPostgres;
  let port = 0;
  const start = async (): Promise<void> => {
    server = await startEmbeddedPostgres({ dataDir, homeDir: home, log });
    port = Number(new URL(server.connectionString).port);
  };
  await start();
  const relay = await openRelay(() => port);
  const url = new URL((await findRunningPostgres(dataDir)) ?? "");
  const { username, password, pathname } = url;
  return {
    url: `postgresql://${username}:${password}@127.0.0.1:${relay.port}${pathname}`,
    start,
    kill: async () => {
      const text = await readFile(join(dataDir, "cluster/postmaster.pid"), "utf8");
      process.kill(Number.parseInt(text, 10), "SIGKILL");
      await server.ended;
      // Gives up what the process that owns a server holds.
      await server.stop();
    },
    [Symbol.asyncDispose]: async () => {
      await relay.close();
      await server.stop();
    },
  };
}

async function openRelay(target: () => number): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((inward) => {
    const onward = connect(target(), "127.0.0.1");
    for (const [end, other] of [
      [inward, onward],
      [onward, inward],
    ] as const) {
      sockets.add(end);
      end.on("error", () => undefined);
      end.once("close", () => {
        sockets.delete(end);
        other.destroy();
      });
      end.pipe(other);
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

const REDIS_SERVER = "redis-server";

/** Null where the program is not installed. */
async function openRedis(
  directory: string,
): Promise<(Part & AsyncDisposable & { readonly url: string }) | null> {
  const port = await freePort();
  const launch = () =>
    spawn(
      REDIS_SERVER,
      ["--port", String(port), "--bind", "127.0.0.1", "--dir", directory, "--save", "", "--appendonly", "no"],
      { stdio: "ignore" },
    );
  const answers = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("error", () => resolve(false));
      socket.once("connect", () => {
        socket.destroy();
        resolve(true);
      });
    });
  let child = launch();
  const spawned = await new Promise<boolean>((resolve) => {
    child.once("error", () => resolve(false));
    child.once("spawn", () => resolve(true));
  });
  if (!spawned) return null;
  const listening = () => until("Redis listens", answers, (isUp) => isUp);
  await listening();
  const kill = async (): Promise<void> => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    start: async () => {
      child = launch();
      await listening();
    },
    [Symbol.asyncDispose]: kill,
  };
}
