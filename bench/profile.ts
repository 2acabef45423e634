import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CpuTimes } from "./cpu.ts";
import { median, table } from "./report.ts";
import type { RunResult } from "./run.ts";

/** A CPU profile of V8, the parts that are read here. Times are microseconds of CLOCK_MONOTONIC. */
interface CpuProfile {
  readonly startTime: number;
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** CPU.date.time.pid.thread.number: other threads leave one, too. */
const MAIN_PROFILE = /\.0\.\d+\.cpuprofile$/;
const TOP_PACKAGES = 15;
const TOP_FUNCTIONS = 30;

/**
 * Says where the main thread spent its time in these runs: by package, then by function. The profiler samples by the clock on the
 * wall, so a function that hands work to another thread or process and loses the core to it shows too large a share.
 *
 * @param directory holds the profile that the ended process has left
 */
export async function renderProfile(
  directory: string,
  runs: readonly (Pick<RunResult, "window" | "messages"> & { readonly cpu: Pick<CpuTimes, "mainThread"> })[],
): Promise<string> {
  const file = (await readdir(directory)).find((name) => MAIN_PROFILE.test(name));
  if (file === undefined) return "The process has left no profile.";
  const profile = JSON.parse(await readFile(join(directory, file), "utf8")) as CpuProfile;
  const selfUs = selfTimes(
    profile,
    runs.map((run) => run.window),
  );
  const cpuUs = median(runs.map((run) => (run.cpu.mainThread / run.messages) * 1_000));
  const byPackage = new Map<string, number>();
  const byFunction = new Map<string, number>();
  let busyUs = 0;
  for (const { id, callFrame } of profile.nodes) {
    const us = selfUs.get(id) ?? 0;
    if (us === 0 || callFrame.functionName === "(idle)") continue;
    busyUs += us;
    const owner = packageOf(callFrame.url, callFrame.functionName);
    const name = `${callFrame.functionName || "(anonymous)"}  ${place(callFrame.url, callFrame.lineNumber)}`;
    add(byPackage, owner, us);
    add(byFunction, `${owner}  ${name}`, us);
  }
  const rows = (times: ReadonlyMap<string, number>, top: number) =>
    [...times]
      .sort(([, a], [, b]) => b - a)
      .slice(0, top)
      .map(([name, us]) => [
        name,
        `${((us / busyUs) * 100).toFixed(1)}%`,
        ((us / busyUs) * cpuUs).toFixed(0),
      ]);
  return [
    `Main thread, ${cpuUs.toFixed(0)} us of CPU per message`,
    table(["package", "self", "us/message"], rows(byPackage, TOP_PACKAGES)),
    "",
    table(["function", "self", "us/message"], rows(byFunction, TOP_FUNCTIONS)),
  ].join("\n");
}

function add(times: Map<string, number>, name: string, us: number): void {
  times.set(name, (times.get(name) ?? 0) + us);
}

/** A sample says what ran when it was taken; its delta is the time since the one before. */
function selfTimes(
  { startTime, samples, timeDeltas }: CpuProfile,
  windows: readonly { readonly fromUs: number; readonly toUs: number }[],
): ReadonlyMap<number, number> {
  const times = new Map<number, number>();
  let atUs = startTime;
  for (const [index, node] of samples.entries()) {
    const deltaUs = timeDeltas[index] ?? 0;
    atUs += deltaUs;
    if (windows.some(({ fromUs, toUs }) => atUs >= fromUs && atUs <= toUs))
      times.set(node, (times.get(node) ?? 0) + Math.max(0, deltaUs));
  }
  return times;
}

function packageOf(url: string, functionName: string): string {
  const dependency = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (dependency !== undefined) return dependency;
  const [, kind, name] = /\/(packages|apps)\/([^/]+)\//.exec(url) ?? [];
  if (name !== undefined) return kind === "apps" ? `apps/${name}` : `@waxwing/${name}`;
  if (url.startsWith("node:"))
    return `node:${
      url
        .slice(5)
        .replace(/^internal\//, "")
        .split("/")[0]
    }`;
  // V8's own: garbage collection and program are named in parentheses, builtins have no place.
  return functionName.startsWith("(") ? functionName : "V8 builtins";
}

const place = (url: string, line: number): string =>
  url === "" ? "" : `${url.split("/").slice(-2).join("/")}:${line + 1}`;
