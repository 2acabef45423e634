import { setTimeout as sleep } from "node:timers/promises";
import { startSmtpSink } from "../packages/testkit/src/smtp-sink.ts";
import { treeCpuMs } from "./cpu.ts";
import { freePort } from "./free-port.ts";
import { quantile, startLatencyProbe } from "./latency-probe.ts";
import { type Load, startLoad } from "./load.ts";
import { redisVersion } from "./machine.ts";
import type { BackendName, BenchOptions } from "./options.ts";
import { startRedis, usedMemoryMib } from "./redis.ts";
import { table } from "./report.ts";
import { startWaxwing } from "./waxwing.ts";

const BATCH = 1_000;
/** Of the messages, those for the slow site: 20,000 beside 100,000. */
const SLOW_SHARE = 5;
const SLOW_MS = 2_000;
const PROBES = 300;
const WINDOW_MS = 60_000;
/** Windows with the dead site: together long enough for several ends of pauses, at which it is tried again. */
const DEAD_WINDOWS = 3;
/** Quiet: less CPU than this share of a core for two seconds in a row. */
const QUIET_SHARE = 0.1;
const QUIET_WITHIN_MS = 600_000;

/**
 * What a dead site and a slow one cost a healthy one: messages to the healthy site at a steady pace, first alone, then with so many
 * messages queued for a site where nobody listens, then with a fifth as many more for one that takes 2 s for each.
 *
 * @returns the report
 */
export async function measureIsolation(
  backend: BackendName,
  options: BenchOptions,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  await using rig = new AsyncDisposableStack();
  const redis = backend === "redis" ? await startRedis(signal) : null;
  if (redis !== null) rig.use(redis);
  else if (backend === "redis") return "redis-server is not on PATH: isolation on Redis is NOT measured";
  const healthy = rig.use(await startLatencyProbe("healthy.test", signal));
  const slow = await startSmtpSink({ temper: () => ({ delayMs: SLOW_MS }) });
  rig.defer(() => slow.close());
  const load = rig.use(await startLoad(signal));
  const waxwing = rig.use(
    await startWaxwing({
      redisUrl: redis?.url ?? null,
      sinkPort: healthy.port,
      profileDir: null,
      routes: [`.dead.test=127.0.0.1:${await freePort()}`, `.slow.test=127.0.0.1:${slow.port}`],
      signal,
    }),
  );
  const cpuMs = () => treeCpuMs([waxwing.process.pid]);
  /** Share of one core over the time. */
  const cpuShare = async (windowMs: number): Promise<number> => {
    const [beforeMs, startMs] = [await cpuMs(), performance.now()];
    await sleep(windowMs, undefined, { signal });
    return ((await cpuMs()) - beforeMs) / (performance.now() - startMs);
  };
  const untilQuiet = async (): Promise<void> => {
    const endMs = performance.now() + QUIET_WITHIN_MS;
    for (let quiet = 0; quiet < 2; quiet = (await cpuShare(1_000)) < QUIET_SHARE ? quiet + 1 : 0)
      if (performance.now() > endMs) throw new Error("Waxwing does not come to rest");
  };
  const memoryMib = async () => (redis === null ? Number.NaN : await usedMemoryMib(redis));

  await healthy.run(waxwing, PROBES);
  await untilQuiet();
  const idle = {
    cpu: await cpuShare(WINDOW_MS),
    latencies: await healthy.run(waxwing, PROBES),
    mib: await memoryMib(),
  };
  say(`  idle: p95 ${quantile(idle.latencies, 0.95)} ms`);
  await queue(load, waxwing, "dead.test", options.messages);
  say(`  ${options.messages} messages are queued for the dead site`);
  await untilQuiet();
  const windows: number[] = [];
  for (let n = 0; n < DEAD_WINDOWS; n++) windows.push(await cpuShare(WINDOW_MS));
  const dead = {
    cpu: windows.reduce((sum, share) => sum + share, 0) / DEAD_WINDOWS,
    latencies: await healthy.run(waxwing, PROBES),
    mib: await memoryMib(),
  };
  const slowMessages = Math.ceil(options.messages / SLOW_SHARE);
  await queue(load, waxwing, "slow.test", slowMessages);
  say(`  ${slowMessages} messages are queued for the slow site`);
  const both = {
    cpu: await cpuShare(WINDOW_MS),
    latencies: await healthy.run(waxwing, PROBES),
    mib: await memoryMib(),
  };
  const beyond = (share: number): string => `${((share - idle.cpu) * 100).toFixed(2)}%`;
  const rows = [
    ["idle", idle] as const,
    [`${options.messages} for a dead site`, dead] as const,
    [`and ${slowMessages} for a slow one`, both] as const,
  ].map(([name, { cpu, latencies, mib }]) => [
    name,
    quantile(latencies, 0.5).toFixed(0),
    quantile(latencies, 0.95).toFixed(0),
    `${(quantile(latencies, 0.95) / quantile(idle.latencies, 0.95)).toFixed(2)}x`,
    quantile(latencies, 1).toFixed(0),
    `${(cpu * 100).toFixed(1)}%`,
    Number.isNaN(mib) ? "-" : mib.toFixed(1),
  ]);
  return [
    `To a healthy site, ms from the request to the last byte at its server; queue on ${redis === null ? "PostgreSQL" : redisVersion()}`,
    table(["queued", "p50", "p95", "to idle", "most", "CPU of Waxwing", "Redis MiB"], rows),
    "",
    `CPU of Waxwing and its PostgreSQL over ${WINDOW_MS / 1_000} s (dead site: ${DEAD_WINDOWS} times that) without any message to the healthy site, of one core.`,
    `What the dead site costs is the difference of the first two: ${beyond(dead.cpu)} of a core; in each of the times ${windows.map(beyond).join(", ")}.`,
    `The slow site took ${slow.messages.length} messages meanwhile.`,
  ].join("\n");
}

async function queue(
  load: Load,
  { api, apiKey }: { readonly api: string; readonly apiKey: string },
  topDomain: string,
  messages: number,
): Promise<void> {
  await load.send({
    api,
    apiKey,
    shape: "batch",
    together: Math.min(BATCH, messages),
    messages: Math.ceil(messages / BATCH),
    connections: 2,
    domains: 10,
    topDomain,
  });
}
