import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";

/** A child process of the bench. Disposing it ends it and waits until it is gone. */
export interface OwnProcess extends AsyncDisposable {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Resolves with the words for it when the process ends, expected or not. */
  readonly ended: Promise<string>;
}

/** Enough for a clean stop of everything (Waxwing allows itself 10 s), not for a hang. */
const STOP_MS = 15_000;
const REMEMBERED_CHARS = 4_000;

/**
 * Starts a program in a process group of its own, so that Ctrl-C in a terminal reaches the bench alone, which then stops the
 * others in order. stderr is kept for error messages; what stdin and stdout are is up to `stdio`.
 *
 * @throws when the program cannot be started
 */
export async function startProcess(options: {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly stdout?: "pipe" | "ignore" | number;
  readonly ipc?: boolean;
}): Promise<OwnProcess> {
  const { name, command, args, env = process.env, stdout = "ignore", ipc = false } = options;
  const spawnOptions: SpawnOptions = {
    env,
    detached: true,
    stdio: ["ignore", stdout, "pipe", ...(ipc ? (["ipc"] as const) : [])],
  };
  const child = spawn(command, args, spawnOptions);
  let lastWords = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    lastWords = (lastWords + chunk).slice(-REMEMBERED_CHARS);
  });
  const ended = new Promise<string>((resolve) => {
    child.once("close", (code, signal) => resolve(`${name} ended (${signal ?? code}) ${lastWords}`.trim()));
  });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("spawn", () => {
      if (child.pid !== undefined) resolve(child.pid);
    });
  });
  return {
    pid,
    child,
    ended,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      const kill = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      await ended;
      clearTimeout(kill);
    },
  };
}

/**
 * Waits until the process's stdout, which must be a pipe, has said something that matches.
 *
 * @throws when the process ends first, or says nothing of the kind within `timeoutMs`, or `signal` is aborted
 */
export async function waitForOutput(
  { child, ended }: OwnProcess,
  pattern: RegExp,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<RegExpExecArray> {
  let said = "";
  const matched = new Promise<RegExpExecArray>((resolve) => {
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      // What comes later is read too, or the pipe would fill, but need not be kept.
      said = (said + chunk).slice(-64 * 1024);
      const match = pattern.exec(said);
      if (match !== null) resolve(match);
    });
  });
  const early = ended.then((words) => {
    throw new Error(words);
  });
  return await within(Promise.race([matched, early]), timeoutMs, `no sign of ${pattern.source}`, signal);
}

/**
 * `work`, given up after `timeoutMs` or when `signal` is aborted.
 *
 * @throws what `work` throws, the signal's reason, or an error with `lateMessage`
 */
export async function within<T>(
  work: Promise<T>,
  timeoutMs: number,
  lateMessage: string,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  const { promise: cut, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  const timer = setTimeout(
    () => reject(new Error(`${lateMessage} within ${timeoutMs / 1_000} s`)),
    timeoutMs,
  );
  try {
    return await Promise.race([work, cut]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    work.catch(() => undefined);
  }
}
