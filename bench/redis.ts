import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { type OwnProcess, startProcess, waitForOutput } from "./own-process.ts";

/** A Redis of the bench's own. */
export interface BenchRedis extends AsyncDisposable {
  readonly url: string;
  readonly process: OwnProcess;
}

const START_MS = 10_000;

/** Starts `redis-server` from PATH on a free port, without persistence: it holds only wake-ups. Null when there is none. */
export async function startRedis(signal: AbortSignal): Promise<BenchRedis | null> {
  const directory = await mkdtemp(join(tmpdir(), "waxwing-bench-redis-"));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rm(directory, { recursive: true, force: true }));
  const port = await freePort();
  let redis: OwnProcess;
  try {
    redis = await startProcess({
      name: "redis-server",
      command: "redis-server",
      args: [
        ...["--port", String(port), "--bind", "127.0.0.1", "--dir", directory],
        ...["--save", "", "--appendonly", "no"],
      ],
      stdout: "pipe",
    });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  cleanup.use(redis);
  await waitForOutput(redis, /Ready to accept connections/, START_MS, signal);
  const running = cleanup.move();
  return {
    url: `redis://127.0.0.1:${port}`,
    process: redis,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** What it holds in memory, MiB (`used_memory` of INFO). */
export async function usedMemoryMib({ url }: BenchRedis): Promise<number> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  try {
    socket.write("INFO memory\r\n");
    const [answer] = (await once(socket, "data")) as [Buffer];
    return Number(/used_memory:(\d+)/.exec(answer.toString("latin1"))?.[1]) / 2 ** 20;
  } finally {
    socket.destroy();
  }
}
