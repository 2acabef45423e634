import { setTimeout as sleep } from "node:timers/promises";
import { type CpuTimes, cpuBetween, type MeasuredPids, readCpuTimes } from "./cpu.ts";
import type { Load } from "./load.ts";
import type { BenchOptions } from "./options.ts";
import { type LogReading, readLog, readOutcomes } from "./progress.ts";
import type { Sink } from "./sink.ts";
import type { Waxwing } from "./waxwing.ts";

/** Everything that runs while one backend is measured. */
export interface Rig {
  readonly waxwing: Waxwing;
  readonly sink: Sink;
  readonly load: Load;
  readonly pids: MeasuredPids;
  readonly signal: AbortSignal;
}

/** One measured run. */
export interface RunResult {
  readonly messages: number;
  /** From the first request to the last 202. */
  readonly acceptPerSecond: number;
  /** From the first request to the last recorded delivery. */
  readonly endToEndPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly elapsedMs: number;
  readonly cpu: CpuTimes;
  /** On the clock of CPU profiles (CLOCK_MONOTONIC), microseconds. */
  readonly window: { readonly fromUs: number; readonly toUs: number };
  /** Attempts that did not deliver at once: all but 0 means that something else was measured, too. */
  readonly otherwise: number;
  /** The end of the event log: where the next run's events begin. */
  readonly cursor: string;
}

/** Longer than the first retry, so that a delivery that was deferred once is waited for. */
const STALLED_MS = 90_000;
const LOG_MS = 30_000;

const nowUs = (): number => Number(process.hrtime.bigint() / 1_000n);

/**
 * Sends `messages` and waits until all of them are done, then checks it against the event log and the sink.
 *
 * @param cursor where the run's events begin in the log, null for its beginning
 * @throws when a message was refused, lost, delivered twice, or did not get on
 */
export async function measureRun(
  rig: Rig,
  options: Pick<BenchOptions, "messages" | "connections" | "domains">,
  cursor: string | null,
): Promise<RunResult> {
  const { waxwing, sink, load, pids, signal } = rig;
  const { messages } = options;
  const [sunkBefore, outcomesBefore] = [await sink.count(), await deliveredSoFar(rig)];
  const cpuBefore = await readCpuTimes(pids);
  const fromUs = nowUs();
  const { api, apiKey } = waxwing;
  const { connections, domains } = options;
  const accepted = await load.send({ api, apiKey, messages, connections, domains });
  await waitUntilDelivered(rig, outcomesBefore + messages);
  const toUs = nowUs();
  const cpu = cpuBetween(cpuBefore, await readCpuTimes(pids));
  const log = await checkLog(rig, messages, cursor);
  const sunk = (await sink.count()) - sunkBefore;
  if (sunk < messages) throw new Error(`${sunk} of ${messages} messages reached the sink`);
  const elapsedMs = (toUs - fromUs) / 1_000;
  signal.throwIfAborted();
  return {
    messages,
    acceptPerSecond: (messages / accepted.durationMs) * 1_000,
    endToEndPerSecond: (messages / elapsedMs) * 1_000,
    p50Ms: accepted.p50Ms,
    p99Ms: accepted.p99Ms,
    elapsedMs,
    cpu,
    window: { fromUs, toUs },
    otherwise: log.other,
    cursor: log.next,
  };
}

const deliveredSoFar = async ({ waxwing, signal }: Rig): Promise<number> =>
  (await readOutcomes(waxwing, signal)).get("delivered") ?? 0;

/** Asks seldom while much is left and often towards the end: asking costs, but the end must be seen when it comes. */
async function waitUntilDelivered(rig: Rig, target: number): Promise<void> {
  let last = await deliveredSoFar(rig);
  let lastMs = performance.now();
  let waitMs = 20;
  while (last < target) {
    await sleep(waitMs, undefined, { signal: rig.signal });
    const now = await deliveredSoFar(rig);
    const nowMs = performance.now();
    if (now > last) {
      const leftMs = ((target - now) / (now - last)) * (nowMs - lastMs);
      waitMs = Math.min(Math.max(leftMs / 2, 5), 500);
      last = now;
      lastMs = nowMs;
    } else if (nowMs - lastMs > STALLED_MS) {
      const states = [...(await readOutcomes(rig.waxwing, rig.signal))].map((entry) => entry.join(" "));
      throw new Error(
        `nothing was delivered for ${STALLED_MS / 1_000} s; outcomes so far: ${states.join(", ")}`,
      );
    }
  }
}

/** The event log shows a transaction only when all older ones have ended, so its end may come a moment later. */
async function checkLog(
  { waxwing, signal }: Rig,
  messages: number,
  cursor: string | null,
): Promise<LogReading> {
  const untilMs = performance.now() + LOG_MS;
  for (;;) {
    const log = await readLog(waxwing, cursor, signal);
    if (log.accepted === messages && log.delivered === messages) return log;
    if (performance.now() > untilMs) {
      throw new Error(
        `of ${messages} messages the event log has ${log.accepted} as accepted and ${log.delivered} as delivered`,
      );
    }
    await sleep(100, undefined, { signal });
  }
}
