import { execFile } from "node:child_process";
import { readlink, realpath } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Clock, processExists, readFileIfThere } from "@waxwing/runtime";

/** What a running server says of itself in postmaster.pid (src/include/utils/pidfile.h). */
export type PostmasterFile = { readonly pid: number; readonly port: number | null; readonly ready: boolean };

/** Reads postmaster.pid, or null when there is none or it is not yet written. */
export async function readPostmasterFile(clusterDir: string): Promise<PostmasterFile | null> {
  const lines = (await readFileIfThere(join(clusterDir, "postmaster.pid")))?.split("\n") ?? [];
  const pid = Number.parseInt(lines[0] ?? "", 10);
  if (!(pid > 1)) return null;
  const port = Number.parseInt(lines[3] ?? "", 10);
  return { pid, port: port > 0 ? port : null, ready: lines[7]?.trim() === "ready" };
}

/**
 * The process number of a server that still runs on this data directory after the process that started it was
 * killed, or null. The number in the file alone proves nothing: it may have been given to another program since.
 */
export async function findOrphan(clusterDir: string): Promise<number | null> {
  const file = await readPostmasterFile(clusterDir);
  if (file === null || !processExists(file.pid)) return null;
  return (await worksIn(file.pid, clusterDir)) ? file.pid : null;
}

async function worksIn(pid: number, clusterDir: string): Promise<boolean> {
  if (process.platform === "linux") {
    // A postmaster's working directory is its data directory.
    const directory = await readlink(`/proc/${pid}/cwd`).catch(() => null);
    return directory === (await realpath(clusterDir));
  }
  const { stdout } = await promisify(execFile)("ps", ["-o", "command=", "-p", String(pid)]).catch(() => ({
    stdout: "",
  }));
  return stdout.includes("postgres") && stdout.includes(clusterDir);
}

/** How a stopped server ended. */
export type StopResult = "fast" | "immediate";

// pg_ctl looks ten times a second; a stop is noticed by people, so we look more often.
const pollMs = 20;

/**
 * Stops a server: fast (SIGINT: sessions are ended, a checkpoint is written), and when that takes longer than
 * `fastMs`, immediately (SIGQUIT: no checkpoint; the next start recovers, nothing committed is lost).
 *
 * @param exited whether the process has ended
 */
export async function stopPostmaster(
  pid: number,
  options: {
    readonly clock: Clock;
    readonly fastMs: number;
    readonly exited: () => boolean | Promise<boolean>;
  },
): Promise<StopResult> {
  const { clock, fastMs, exited } = options;

  async function endsWithin(ms: number): Promise<boolean> {
    const deadline = clock.now() + ms;
    while (!(await exited())) {
      if (clock.now() >= deadline) return false;
      await clock.sleep(pollMs);
    }
    return true;
  }

  signal(pid, "SIGINT");
  if (await endsWithin(fastMs)) return "fast";
  signal(pid, "SIGQUIT");
  // The postmaster itself kills children that ignore SIGQUIT for 5 s (postmaster.c, SIGKILL_CHILDREN_AFTER_SECS).
  if (await endsWithin(7_000)) return "immediate";
  signal(pid, "SIGKILL");
  await endsWithin(1_000);
  return "immediate";
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It ended by itself in the meantime.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
