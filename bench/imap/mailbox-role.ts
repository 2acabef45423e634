import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AcceptRig } from "../accept-rig.ts";
import { LAUNCHER, launcherEnv } from "../launcher.ts";
import { startProcess } from "../own-process.ts";
import { waitForListener } from "../peers/listening.ts";

/** The role `mailbox` in a process of its own, started as its users start it. */
export interface MailboxRole extends AsyncDisposable {
  readonly pid: number;
}

/** Starts it beside `house`, with no other door open than IMAP over TLS, and waits until it listens. */
export async function startMailboxRole(
  house: AcceptRig,
  port: number,
  signal: AbortSignal,
): Promise<MailboxRole> {
  await using stack = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), "waxwing-bench-"));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const server = stack.use(
    await startProcess({
      name: "waxwing start mailbox",
      command: LAUNCHER,
      args: ["start", "mailbox"],
      env: {
        ...launcherEnv(null),
        DATABASE_URL: house.databaseUrl,
        WAXWING_DATA_DIR: dataDir,
        WAXWING_SECRET_KEY: house.secretKey,
        WAXWING_HOSTNAME: "bench.waxwing.test",
        WAXWING_LOG_LEVEL: "error",
        WAXWING_IMAP_LISTEN: "off",
        WAXWING_POP3_LISTEN: "off",
        WAXWING_POP3S_LISTEN: "off",
        WAXWING_IMAPS_LISTEN: `127.0.0.1:${port}`,
      },
    }),
  );
  await waitForListener(port, server, signal);
  const running = stack.move();
  return { pid: server.pid, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** proc(5), VmRSS; 0 where there is none. */
export async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1] ?? 0) / 1_024;
}
