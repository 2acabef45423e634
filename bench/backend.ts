import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPostmaster, peakMemoryMib } from "./cpu.ts";
import { startLoad } from "./load.ts";
import { postgresVersion, redisVersion } from "./machine.ts";
import type { BackendName, BenchOptions } from "./options.ts";
import { renderProfile } from "./profile.ts";
import { startRedis } from "./redis.ts";
import type { BackendResult } from "./report.ts";
import { measureRun, type RunResult } from "./run.ts";
import { startSink } from "./sink.ts";
import { startWaxwing } from "./waxwing.ts";

export type BackendMeasurement =
  | { readonly kind: "measured"; readonly result: BackendResult; readonly profile: string | null }
  | { readonly kind: "skipped"; readonly reason: string };

/** JIT, connections, partitions' first pages: discarded. */
const WARM_UP_MESSAGES = 1_000;

/** Starts everything afresh on one queue backend, warms up, measures the runs, and stops everything, also when it throws. */
export async function measureBackend(
  backend: BackendName,
  options: BenchOptions,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<BackendMeasurement> {
  await using rig = new AsyncDisposableStack();
  const redis = backend === "redis" ? rig.use(await startRedis(signal)) : null;
  if (backend === "redis" && redis === null)
    return { kind: "skipped", reason: "redis-server is not on PATH: the Redis backend is NOT measured" };
  const profileDir = options.profile ? await mkdtemp(join(tmpdir(), "waxwing-bench-profile-")) : null;
  if (profileDir !== null) rig.defer(() => rm(profileDir, { recursive: true, force: true }));
  const sink = rig.use(await startSink(signal));
  const load = rig.use(await startLoad(signal));
  const waxwing = rig.use(
    await startWaxwing({ redisUrl: redis?.url ?? null, sinkPort: sink.port, profileDir, signal }),
  );
  const postmaster = await findPostmaster(waxwing.process.pid);
  const queue = redis === null ? postgresVersion(postmaster) : redisVersion();
  say(`Queue on ${queue}, store on ${postgresVersion(postmaster)}, delivering to ${sink.name}`);

  const pids = {
    waxwing: waxwing.process.pid,
    postmaster,
    redis: redis?.process.pid ?? null,
    sink: sink.process.pid,
    load: load.process.pid,
  };
  const measuring = { waxwing, sink, load, pids, signal };
  const warmUp = { ...options, messages: Math.min(WARM_UP_MESSAGES, options.messages) };
  let { cursor } = await measureRun(measuring, warmUp, null);
  const runs: RunResult[] = [];
  for (let number = 1; number <= options.runs; number++) {
    const run = await measureRun(measuring, options, cursor);
    cursor = run.cursor;
    runs.push(run);
    say(`  run ${number} of ${options.runs}: ${run.endToEndPerSecond.toFixed(0)} messages/s`);
  }
  const result = { queue, runs, peakMemoryMib: await peakMemoryMib(waxwing.process.pid) };
  if (profileDir === null) return { kind: "measured", result, profile: null };
  // The profile is written as the process ends.
  await waxwing[Symbol.asyncDispose]();
  return { kind: "measured", result, profile: await renderProfile(profileDir, runs) };
}
