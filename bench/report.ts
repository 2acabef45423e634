import type { CpuTimes } from "./cpu.ts";
import type { RunResult } from "./run.ts";

/** All runs of one backend. */
export interface BackendResult {
  /** `Redis 8.0.2` or `PostgreSQL 18.4`: what the queue ran on. */
  readonly queue: string;
  readonly runs: readonly RunResult[];
  readonly peakMemoryMib: number;
}

export type Cell = string;

/** Plain tables: rates and latencies, then CPU. Figures are medians over the runs, with the lowest and highest in parentheses. */
export function renderReport(results: readonly BackendResult[]): string {
  const speed = results.map(({ queue, runs, peakMemoryMib }): readonly Cell[] => [
    queue,
    spread(
      runs.map((run) => run.endToEndPerSecond),
      0,
    ),
    spread(
      runs.map((run) => run.acceptPerSecond),
      0,
    ),
    median(runs.map((run) => run.p50Ms)).toFixed(1),
    median(runs.map((run) => run.p99Ms)).toFixed(1),
    peakMemoryMib.toFixed(0),
    String(runs.reduce((sum, run) => sum + run.otherwise, 0)),
  ]);
  const cpu = results.map(({ queue, runs }): readonly Cell[] => {
    const of = (part: (cpu: CpuTimes) => number): readonly number[] =>
      runs.map((run) => part(run.cpu) / run.messages);
    const figure = (part: (cpu: CpuTimes) => number): Cell => median(of(part)).toFixed(2);
    return [
      queue,
      spread(of(platform), 2),
      figure((times) => times.mainThread),
      figure((times) => times.poolThreads),
      figure((times) => times.v8Threads),
      figure((times) => times.postgres),
      figure((times) => times.redis),
      figure((times) => times.sink),
      figure((times) => times.load),
      figure((times) => times.machine),
      `${median(runs.map((run) => (others(run.cpu) / run.elapsedMs) * 100)).toFixed(0)}%`,
    ];
  });
  return [
    "Messages per second, and the answer to POST /send",
    table(
      ["queue", "end to end /s", "accepted /s", "202 p50 ms", "p99 ms", "peak MiB", "not at once"],
      speed,
    ),
    "",
    "CPU per message, ms, user and system",
    table(
      [
        ...["queue", "platform", "main thread", "signing", "V8", "PostgreSQL", "Redis"],
        ...["sink", "client", "machine", "others"],
      ],
      cpu,
    ),
    "",
    "not at once: attempts that did not deliver. platform: Waxwing (main thread, threads that sign with libuv's, V8), PostgreSQL and Redis.",
    "others: programs that are not the bench's, of one core; figures are only worth comparing where it is small.",
  ].join("\n");
}

/** What an operator runs: without the client and the receiving server. */
const platform = ({ waxwing, postgres, redis }: CpuTimes): number => waxwing + postgres + redis;

const others = (cpu: CpuTimes): number => Math.max(0, cpu.machine - platform(cpu) - cpu.sink - cpu.load);

export function spread(values: readonly number[], digits: number): Cell {
  const middle = median(values).toFixed(digits);
  if (values.length < 2) return middle;
  return `${middle} (${Math.min(...values).toFixed(digits)}-${Math.max(...values).toFixed(digits)})`;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The first column is text, the others are figures. */
export function table(head: readonly Cell[], rows: readonly (readonly Cell[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join("  "),
    )
    .join("\n");
}
