import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { LAUNCHER, launcherEnv } from "./launcher.ts";
import { type OwnProcess, startProcess, waitForOutput } from "./own-process.ts";

/** The whole platform in one process, on an embedded PostgreSQL in a directory of its own. */
export interface Waxwing extends AsyncDisposable {
  readonly process: OwnProcess;
  readonly api: string;
  readonly apiKey: string;
  /** Port of SMTP submission, without TLS; null when that door is shut. */
  readonly submissionPort: number | null;
}

/** The first start makes a database and a DKIM key; a busy machine may need long for it. */
const START_MS = 60_000;

/**
 * Starts `waxwing start` with the HTTP door, and that of submission where it is asked for, delivering everything under `.test` to
 * the sink.
 *
 * @param profileDir where to leave a CPU profile at the end; null: none
 */
export async function startWaxwing(options: {
  readonly redisUrl: string | null;
  readonly sinkPort: number;
  readonly profileDir: string | null;
  readonly submission?: boolean;
  /** Routes before the one to the sink, as `WAXWING_ROUTES` has them. */
  readonly routes?: readonly string[];
  /** Further settings. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}): Promise<Waxwing> {
  const { redisUrl, sinkPort, profileDir, signal, submission = false, routes = [] } = options;
  await using cleanup = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), "waxwing-bench-"));
  cleanup.defer(() => rm(dataDir, { recursive: true, force: true }));
  const apiKey = `bench-${randomBytes(24).toString("base64url")}`;
  const submissionPort = submission ? await freePort() : null;
  const waxwing = await startProcess({
    name: "waxwing start",
    command: LAUNCHER,
    args: ["start"],
    // Nothing else of ours: a DATABASE_URL or REDIS_URL of the shell must not be measured, let alone filled.
    env: {
      ...launcherEnv(profileDir),
      ...(redisUrl !== null && { REDIS_URL: redisUrl }),
      WAXWING_DATA_DIR: dataDir,
      WAXWING_API_KEY: apiKey,
      WAXWING_HOSTNAME: "bench.waxwing.test",
      WAXWING_LOG_LEVEL: "error",
      WAXWING_ROUTES: [...routes, `.test=127.0.0.1:${sinkPort}`].join(","),
      WAXWING_HTTP_LISTEN: "127.0.0.1:0",
      WAXWING_SUBMISSION_LISTEN: submissionPort === null ? "off" : `127.0.0.1:${submissionPort}`,
      WAXWING_PLAINTEXT_AUTH: "loopback",
      WAXWING_SUBMISSIONS_LISTEN: "off",
      WAXWING_INBOUND_LISTEN: "off",
      WAXWING_IMAP_LISTEN: "off",
      WAXWING_IMAPS_LISTEN: "off",
      WAXWING_POP3_LISTEN: "off",
      WAXWING_POP3S_LISTEN: "off",
      ...options.env,
    },
    stdout: "pipe",
  });
  cleanup.use(waxwing);
  const [api] = await waitForOutput(waxwing, /http:\/\/127\.0\.0\.1:\d+/, START_MS, signal);
  const running = cleanup.move();
  return {
    process: waxwing,
    api,
    apiKey,
    submissionPort,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
