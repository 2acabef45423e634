import { spawnSync } from "node:child_process";
import { fstatSync, readSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./free-port.ts";
import { type OwnProcess, startProcess, waitForOutput } from "./own-process.ts";
import { waitForListener } from "./peers/listening.ts";

/** The mail server everything is delivered to. */
export interface Sink extends AsyncDisposable {
  /** Its program, for the report. */
  readonly name: string;
  readonly port: number;
  readonly process: OwnProcess;
  /** Messages it has taken since it started. */
  readonly count: () => Promise<number>;
}

const START_MS = 10_000;
/** More than one line of counters. */
const END_BYTES = 256;

/** Starts Postfix's `smtp-sink` where it is installed, the testkit's sink otherwise. */
export async function startSink(signal: AbortSignal): Promise<Sink> {
  for (const program of ["smtp-sink", "/usr/sbin/smtp-sink"]) {
    if (spawnSync(program, ["-?"]).error === undefined) return await startSmtpSinkProgram(program, signal);
  }
  return await startTestkitSink(signal);
}

async function startSmtpSinkProgram(program: string, signal: AbortSignal): Promise<Sink> {
  await using cleanup = new AsyncDisposableStack();
  const port = await freePort();
  // It writes its counters anew for each message: a file costs least, and only its end is read.
  const counters = join(tmpdir(), `waxwing-bench-sink-${process.pid}-${port}`);
  const file = await open(counters, "wx+", 0o600);
  cleanup.defer(() => rm(counters, { force: true }));
  cleanup.use(file);
  const sink = cleanup.use(
    await startProcess({
      name: "smtp-sink",
      command: program,
      // As root it insists on another user to become.
      args: [...(process.getuid?.() === 0 ? ["-u", "nobody"] : []), "-c", `127.0.0.1:${port}`, "1024"],
      stdout: file.fd,
    }),
  );
  await waitForListener(port, sink, signal);
  const running = cleanup.move();
  return {
    name: "smtp-sink",
    port,
    process: sink,
    count: async () => Number(/mesg=(\d+)\s*$/.exec(readEnd(file.fd))?.[1] ?? 0),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/**
 * Of a file that grows while it is read: all of it, again and again, would be work that the systems measured have to wait for. Two system
 * calls here take less than handing them to another thread.
 */
function readEnd(fd: number): string {
  const { size } = fstatSync(fd);
  const end = Buffer.alloc(END_BYTES);
  return end.toString("latin1", 0, readSync(fd, end, { position: Math.max(0, size - END_BYTES) }));
}

async function startTestkitSink(signal: AbortSignal): Promise<Sink> {
  await using cleanup = new AsyncDisposableStack();
  const sink = cleanup.use(
    await startProcess({
      name: "the testkit's sink",
      command: process.execPath,
      args: [fileURLToPath(import.meta.resolve("./sink-process.ts"))],
      stdout: "pipe",
      ipc: true,
    }),
  );
  const [, port] = await waitForOutput(sink, /port=(\d+)/, START_MS, signal);
  const running = cleanup.move();
  return {
    name: "the testkit's sink (smtp-sink is not installed)",
    port: Number(port),
    process: sink,
    count: () =>
      new Promise((resolve) => {
        sink.child.once("message", (count) => resolve(Number(count)));
        sink.child.send("count");
      }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
