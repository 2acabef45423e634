import type { Logger } from "./logger.ts";

/** The end of the process, in order. */
export type Shutdown = {
  /** Aborted as soon as the process should end. */
  readonly signal: AbortSignal;
  /** Adds something to close. What was added last is closed first, one after the other. */
  readonly defer: (name: string, close: () => PromiseLike<void> | void) => void;
  /** Begins the end from inside, for instance when the database has gone. The first caller's exit code counts. */
  readonly begin: (reason: string, exitCode: number) => void;
  /** Never resolves before everything is closed; the process exits right after. */
  readonly finished: Promise<void>;
};

/** `npm start` passes on to us what the terminal has sent to both: two signals, one wish. */
const SAME_WISH_MS = 500;

const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Takes over SIGINT, SIGTERM and SIGHUP, uncaught exceptions and unhandled rejections. The first signal closes
 * everything that was deferred and exits 0; another one, half a second later or more, exits at once. A bug (an uncaught
 * exception) is logged as fatal and leads to the same orderly end with exit code 1, as does a `close` that throws. What has
 * not closed after `deadlineMs` is named in the log, and the process exits 1.
 */
export function createShutdown(options: { readonly log: Logger; readonly deadlineMs?: number }): Shutdown {
  const { log, deadlineMs = 10_000 } = options;
  const controller = new AbortController();
  const closers: { readonly name: string; readonly close: () => PromiseLike<void> | void }[] = [];
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  let exitCode: number | null = null;
  let askedAtMs = Number.NEGATIVE_INFINITY;

  function begin(reason: string, code: number): void {
    if (exitCode !== null) return;
    exitCode = code;
    log.info({ event: "process.stopping", reason });
    controller.abort(new Error(`stopping: ${reason}`));
    void closeAll();
  }

  async function closeAll(): Promise<void> {
    let closing = "";
    const deadline = setTimeout(() => {
      const waiting = closers.map(({ name }) => name).reverse();
      log.fatal({ event: "process.stop_timed_out", deadlineMs, hung: closing, notClosed: waiting });
      process.exit(1);
    }, deadlineMs);
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) {
      closing = next.name;
      try {
        await next.close();
      } catch (err) {
        log.error({ event: "process.close_failed", what: next.name, err });
        exitCode = 1;
      }
    }
    clearTimeout(deadline);
    log.info({ event: "process.stopped" });
    finish();
    // Idle handles of libraries must not keep a finished process alive.
    setImmediate(() => process.exit(exitCode ?? 0));
  }

  function onSignal(name: keyof typeof exitCodes): void {
    if (exitCode === null) {
      askedAtMs = performance.now();
      begin(name, 0);
      return;
    }
    if (performance.now() - askedAtMs < SAME_WISH_MS) return;
    log.warn({ event: "process.killed", reason: `${name} again` });
    process.exit(exitCodes[name]);
  }

  function onCrash(kind: "uncaught_exception" | "unhandled_rejection"): (err: unknown) => void {
    return (err) => {
      log.fatal({ event: `process.${kind}`, err });
      if (exitCode === null) begin(kind, 1);
      else exitCode = 1;
    };
  }

  for (const name of ["SIGHUP", "SIGINT", "SIGTERM"] as const) process.on(name, () => onSignal(name));
  process.on("uncaughtException", onCrash("uncaught_exception"));
  process.on("unhandledRejection", onCrash("unhandled_rejection"));

  return {
    signal: controller.signal,
    defer(name, close) {
      closers.push({ name, close });
    },
    begin,
    finished,
  };
}
