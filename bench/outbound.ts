import { generateKeyPairSync } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { readMachineMs, treeCpuMs } from "./cpu.ts";
import { type Load, startLoad } from "./load.ts";
import type { BenchOptions } from "./options.ts";
import type { BenchKey, Contender, Started } from "./peers/contender.ts";
import { startHaraka } from "./peers/haraka.ts";
import { startPostfix } from "./peers/postfix.ts";
import { startWaxwingContenders } from "./peers/waxwing.ts";
import { median, spread, table } from "./report.ts";
import { type Sink, startSink } from "./sink.ts";

/** One run of one contender. */
interface Measured {
  readonly perSecond: number;
  /** Median time of an answer that takes a message in, ms. */
  readonly acceptMs: number;
  /** CPU of a message, ms: of the contender's processes, of the sink and the load, and of everything else on the machine. */
  readonly ownMs: number;
  readonly benchMs: number;
  readonly otherMs: number;
}

/** What is compiled while it runs (Waxwing, Haraka) is by then; all of them get as much. */
const WARM_UP_MESSAGES = 3_000;
const STALLED_MS = 90_000;

/**
 * Waxwing beside Postfix with OpenDKIM and Haraka, all of which take in the same mail, sign it with RSA-2048 and deliver it to the same
 * sink. They take turns in every round, so that whatever else the machine does meets all of them.
 */
export async function measureOutbound(
  options: BenchOptions,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  await using rig = new AsyncDisposableStack();
  const sink = rig.use(await startSink(signal));
  const load = rig.use(await startLoad(signal));
  const key: BenchKey = {
    domain: "waxwing.test",
    selector: "bench",
    privateKey: generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    }).privateKey,
  };
  const common = { sinkPort: sink.port, key, rig, signal };
  const started: Started[] = [];
  for (const backend of options.backends) started.push(await startWaxwingContenders({ ...common, backend }));
  started.push(await startPostfix(common), await startHaraka(common));
  const contenders = started.flatMap((each) => (each.kind === "running" ? each.contenders : []));
  for (const each of started) if (each.kind === "missing") say(each.reason);

  const measured = new Map<Contender, Measured[]>(contenders.map((contender) => [contender, []]));
  for (const contender of contenders)
    await measure(contender, { ...options, messages: Math.min(WARM_UP_MESSAGES, options.messages) });
  for (let round = 1; round <= options.runs; round++) {
    for (const [contender, results] of measured) {
      const result = await measure(contender, options);
      results.push(result);
      say(`  round ${round}: ${contender.name}: ${result.perSecond.toFixed(0)} messages/s`);
    }
  }
  return renderOutbound(measured, sink.name);

  async function measure(contender: Contender, plan: BenchOptions): Promise<Measured> {
    return await measureOnce(contender, plan, { sink, load, signal });
  }
}

async function measureOnce(
  contender: Contender,
  { messages, connections, domains }: BenchOptions,
  { sink, load, signal }: { readonly sink: Sink; readonly load: Load; readonly signal: AbortSignal },
): Promise<Measured> {
  const before = await sink.count();
  const settled = await contender.expect(messages);
  const roots = await contender.processes();
  const benchRoots = [sink.process.pid, load.process.pid];
  const cpuBefore = [await treeCpuMs(roots), await treeCpuMs(benchRoots), await readMachineMs()] as const;
  const startMs = performance.now();
  const accepted = await load
    .send({ ...contender.door, messages, connections, domains })
    .catch((error: unknown) => {
      throw new Error(`${contender.name}: ${error instanceof Error ? error.message : String(error)}`);
    });
  let last = before;
  let lastMs = performance.now();
  for (;;) {
    const now = await sink.count();
    if (now >= before + messages) break;
    if (now > last) [last, lastMs] = [now, performance.now()];
    else if (performance.now() - lastMs > STALLED_MS)
      throw new Error(`${contender.name}: of ${messages} messages ${now - before} have reached the sink`);
    await sleep(10, undefined, { signal });
  }
  await settled();
  const elapsedMs = performance.now() - startMs;
  const own = (await treeCpuMs(roots)) - cpuBefore[0];
  const bench = (await treeCpuMs(benchRoots)) - cpuBefore[1];
  const machine = (await readMachineMs()) - cpuBefore[2];
  return {
    perSecond: (messages / elapsedMs) * 1_000,
    acceptMs: accepted.p50Ms,
    ownMs: own / messages,
    benchMs: bench / messages,
    otherMs: Math.max(0, machine - own - bench) / messages,
  };
}

function renderOutbound(measured: ReadonlyMap<Contender, readonly Measured[]>, sinkName: string): string {
  const figures = [...measured].map(([{ name }, runs]) => ({
    name,
    runs,
    isPeer: !name.startsWith("Waxwing"),
    perSecond: median(runs.map((run) => run.perSecond)),
    wholeMs: median(runs.map((run) => run.ownMs + run.benchMs)),
  }));
  const peers = figures.filter(({ isPeer }) => isPeer);
  const best = {
    perSecond: Math.max(...peers.map(({ perSecond }) => perSecond)),
    wholeMs: Math.min(...peers.map(({ wholeMs }) => wholeMs)),
  };
  const times = (ratio: number): string => (Number.isFinite(ratio) ? `${ratio.toFixed(1)}x` : "-");
  const rows = figures.map(({ name, runs, isPeer, perSecond, wholeMs }) => [
    name,
    spread(
      runs.map((run) => run.perSecond),
      0,
    ),
    isPeer || peers.length === 0 ? "" : times(perSecond / best.perSecond),
    spread(
      runs.map((run) => run.ownMs),
      2,
    ),
    wholeMs.toFixed(2),
    isPeer || peers.length === 0 ? "" : times(best.wholeMs / wholeMs),
    median(runs.map((run) => run.acceptMs)).toFixed(1),
    `${median(runs.map((run) => (run.otherMs / (1_000 / run.perSecond)) * 100)).toFixed(0)}%`,
  ]);
  const head = [
    "",
    "messages/s",
    "to best peer",
    "CPU ms",
    "with bench",
    "to best peer",
    "taken in ms",
    "others",
  ];
  return [
    `Taken in, signed with RSA-2048, delivered to ${sinkName}; medians, lowest and highest in parentheses`,
    table(head, rows),
    "",
    "CPU ms: user and system of one message, of the system's own processes. with bench: and of the client and the sink.",
    "others: programs that are not the bench's, of one core, which slow everything down; the CPU of the kernel's threads is among them.",
  ].join("\n");
}
