import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "../packages/runtime/src/logger.ts";
import { startEmbeddedPostgres } from "../packages/store/src/embedded/index.ts";
import { findPostmaster } from "./cpu.ts";
import { LAUNCHER, launcherEnv } from "./launcher.ts";
import { type OwnProcess, startProcess, waitForOutput } from "./own-process.ts";

/** A server that takes requests, in a process of its own. */
export interface Taker {
  readonly process: OwnProcess;
  readonly api: string;
  readonly apiKey: string;
}

/** PostgreSQL, Waxwing's role `api` alone, and the bare server beside it. */
export interface AcceptRig extends AsyncDisposable {
  readonly databaseUrl: string;
  /** That its roles share. */
  readonly secretKey: string;
  readonly postmaster: number | null;
  readonly waxwing: Taker;
  readonly bare: Taker;
}

const START_MS = 60_000;
/** Of the bootstrap mailbox, which the role `api` makes. */
export const RIG_MAILBOX_PASSWORD = "bench-mailbox-secret";
/** What Waxwing's log and the bare server say when they listen. */
const PORT = /(?:"event":"http\.listening".*"port":|http:\/\/127\.0\.0\.1:)(\d+)/;

/**
 * Starts the embedded PostgreSQL with the settings that Waxwing gives it, and both servers on it.
 *
 * @param profileDir where Waxwing is to leave a CPU profile at the end; null: none
 */
export async function startAcceptRig(options: {
  readonly redisUrl: string | null;
  readonly profileDir: string | null;
  readonly signal: AbortSignal;
}): Promise<AcceptRig> {
  const { redisUrl, profileDir, signal } = options;
  await using cleanup = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), "waxwing-bench-"));
  cleanup.defer(() => rm(dataDir, { recursive: true, force: true }));
  const postgres = cleanup.use(
    await startEmbeddedPostgres({
      dataDir: join(dataDir, "postgres"),
      homeDir: dataDir,
      log: createLogger({ level: "error", name: "bench" }),
    }),
  );
  const secretKey = randomBytes(32).toString("base64");
  const apiKey = `bench-${randomBytes(24).toString("base64url")}`;
  const start = async (
    name: string,
    command: readonly [program: string, ...args: string[]],
    env: NodeJS.ProcessEnv,
  ): Promise<Taker> => {
    const [program, ...args] = command;
    const process_ = cleanup.use(
      await startProcess({
        name,
        command: program,
        args,
        env: { ...env, DATABASE_URL: postgres.connectionString },
        stdout: "pipe",
      }),
    );
    const [, port] = await waitForOutput(process_, PORT, START_MS, signal);
    return { process: process_, api: `http://127.0.0.1:${port}`, apiKey };
  };
  const waxwing = await start("waxwing start api", [LAUNCHER, "start", "api"], {
    ...launcherEnv(profileDir),
    ...(redisUrl !== null && { REDIS_URL: redisUrl }),
    WAXWING_DATA_DIR: join(dataDir, "waxwing"),
    WAXWING_SECRET_KEY: secretKey,
    WAXWING_API_KEY: apiKey,
    WAXWING_MAILBOX_PASSWORD: RIG_MAILBOX_PASSWORD,
    WAXWING_HOSTNAME: "bench.waxwing.test",
    WAXWING_HTTP_LISTEN: "127.0.0.1:0",
  });
  const bareProgram = join(import.meta.dirname, "bare-process.ts");
  const bare = await start("the bare server", [process.execPath, bareProgram], launcherEnv(null));
  const postmaster = await findPostmaster(process.pid);
  const running = cleanup.move();
  return {
    databaseUrl: postgres.connectionString,
    secretKey,
    postmaster,
    waxwing,
    bare,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
