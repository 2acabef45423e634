import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { type Client, createClient } from "@waxwing/client";

const MAIN = join(import.meta.dirname, "../bin/waxwing.js");
const ROOT = join(import.meta.dirname, "../../..");
/** First start of an embedded database on a machine that runs all tests at once; only a failure takes that long. */
const START_MS = 120_000;

export type Doors = Readonly<Record<string, number>>;

/** A running `waxwing start`, as an operator would run it. */
export interface WaxwingProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly doors: Doors;
  /** Everything it has printed so far, by line. */
  readonly lines: readonly string[];
  /** Resolves with the first line that matches, printed already or later. */
  readonly line: (pattern: RegExp) => Promise<string>;
  /** Sends the signal and waits for the end. */
  readonly stop: (
    signal?: NodeJS.Signals,
  ) => Promise<{ readonly code: number | null; readonly durationMs: number }>;
}

/** Every door on a free port of its own choosing. */
export const FREE_DOORS = {
  WAXWING_HTTP_LISTEN: "127.0.0.1:0",
  WAXWING_SUBMISSION_LISTEN: "127.0.0.1:0",
  WAXWING_SUBMISSIONS_LISTEN: "127.0.0.1:0",
  WAXWING_INBOUND_LISTEN: "127.0.0.1:0",
  WAXWING_IMAP_LISTEN: "127.0.0.1:0",
  WAXWING_IMAPS_LISTEN: "127.0.0.1:0",
  WAXWING_POP3_LISTEN: "127.0.0.1:0",
  WAXWING_POP3S_LISTEN: "127.0.0.1:0",
} as const;

export const API_KEY = "SG.testtesttesttesttestte.testtesttesttesttesttesttesttesttesttesttes";
export const MAILBOX_PASSWORD = "correct horse battery staple";

/** A port that is free now, below the range that the system hands out by itself. For routes, which must name it beforehand. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

/** A data directory that is removed at the end. */
export async function temporaryDataDir(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "waxwing-test-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}

/** Runs the command and waits for its end; for commands that do not start. */
export async function runWaxwing(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [MAIN, ...argv], {
    env: { ...inherited(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}

/**
 * Starts the platform, or one role, and waits until it says that it has started.
 *
 * @param role all of them when absent; `npm`: all of them, as `npm start` in a process group of its own, whose leader is npm
 * @throws with everything it printed when it ends before
 */
export async function startWaxwing(
  env: Readonly<Record<string, string>>,
  role?: string,
): Promise<WaxwingProcess> {
  const [program, argv] =
    role === "npm"
      ? ["npm", ["start"]]
      : [process.execPath, [MAIN, "start", ...(role === undefined ? [] : [role])]];
  const child = spawn(program, argv, {
    cwd: ROOT,
    detached: role === "npm",
    env: {
      ...inherited(),
      ...FREE_DOORS,
      WAXWING_HOSTNAME: "mail.waxwing.test",
      WAXWING_API_KEY: API_KEY,
      WAXWING_MAILBOX_PASSWORD: MAILBOX_PASSWORD,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const ended = new Promise<number | null>((resolve) =>
    child.once("close", (code, signal) => {
      if (signal !== null) lines.push(`(ended by ${signal})`);
      resolve(code);
    }),
  );
  let over = false;
  void ended.then(() => {
    over = true;
    for (const look of waiting) look();
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      for (const look of waiting) look();
    });
  }
  const line = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = lines.find((candidate) => pattern.test(candidate));
        if (found === undefined && !over) return;
        waiting.delete(look);
        if (found === undefined)
          reject(new Error(`it ended without printing ${pattern}:\n${lines.join("\n")}`));
        else resolve(found);
      };
      waiting.add(look);
      look();
    });
  const stop = async (signal: NodeJS.Signals = "SIGTERM") => {
    const startedMs = performance.now();
    if (!over) child.kill(signal);
    const code = await ended;
    return { code, durationMs: performance.now() - startedMs };
  };
  const patience = setTimeout(() => child.kill("SIGKILL"), START_MS);
  try {
    const started = JSON.parse(await line(/"event":"process.started"/)) as { readonly doors: Doors };
    return {
      child,
      doors: started.doors,
      lines,
      line,
      stop,
      [Symbol.asyncDispose]: async () => void (await stop()),
    };
  } finally {
    clearTimeout(patience);
  }
}

/** The environment without the settings of whoever runs the tests. */
function inherited(): Record<string, string> {
  const names = ["PATH", "HOME", "TMPDIR", "LANG", "LD_LIBRARY_PATH"];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/** The client of the HTTP API with the bootstrap key. It repeats nothing: a test that breaks things must see what broke. */
export function clientOf(doors: Doors): Client {
  return createClient({ baseUrl: `http://127.0.0.1:${doors.http}`, apiKey: API_KEY, retries: 0 });
}

/** Calls what the client does not know, as the bootstrap key. */
export async function call<Answer>(
  doors: Doors,
  path: string,
  body?: unknown,
  method = "POST",
): Promise<Answer> {
  const answer = await fetch(`http://127.0.0.1:${doors.http}${path}`, {
    ...(body === undefined ? {} : { method, body: JSON.stringify(body) }),
    headers: { authorization: `Bearer ${API_KEY}`, "content-type": "application/json" },
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Answer;
}

/** Asks until `check` is satisfied. The condition is the test's; the time only bounds a failure. */
export async function until<Value>(
  what: string,
  ask: () => Promise<Value>,
  check: (value: Value) => boolean,
  timeoutMs = 60_000,
): Promise<Value> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const value = await ask();
    if (check(value)) return value;
    if (performance.now() > endMs)
      throw new Error(`${what} did not come about: ${JSON.stringify(value).slice(0, 2_000)}`);
    await delay(25);
  }
}
