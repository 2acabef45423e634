import { readdir, readFile } from "node:fs/promises";

/** CPU time used so far, ms, user and system together. All of it is 0 where there is no /proc (not Linux). */
export interface CpuTimes {
  readonly waxwing: number;
  /** The part of `waxwing` that is its main thread: JavaScript. */
  readonly mainThread: number;
  /** The part that is threads which sign, and libuv's pool. */
  readonly poolThreads: number;
  /** The part that is V8's: garbage collection, compiling. */
  readonly v8Threads: number;
  /** All of PostgreSQL's processes, those that have ended too. */
  readonly postgres: number;
  readonly redis: number;
  readonly sink: number;
  readonly load: number;
  /** The whole machine, other programs included. */
  readonly machine: number;
}

/** Whose times to read. */
export interface MeasuredPids {
  readonly waxwing: number;
  readonly postmaster: number | null;
  readonly redis: number | null;
  readonly sink: number;
  readonly load: number;
}

/** sysconf(_SC_CLK_TCK) is 100 on every Linux that runs Node. */
const MS_PER_TICK = 10;

interface Stat {
  readonly parent: number;
  readonly program: string;
  readonly ownMs: number;
  /** Of children that have ended and were waited for. */
  readonly endedChildrenMs: number;
}

/** proc(5), /proc/pid/stat. The program's name is in parentheses and may hold anything, so the fields are counted behind it. */
function parseStat(text: string): Stat {
  const nameEnd = text.lastIndexOf(")");
  const fields = text.slice(nameEnd + 2).split(" ");
  const ticks = (field: number): number => Number(fields[field - 3] ?? 0) * MS_PER_TICK;
  return {
    parent: Number(fields[1]),
    program: text.slice(text.indexOf("(") + 1, nameEnd),
    ownMs: ticks(14) + ticks(15),
    endedChildrenMs: ticks(16) + ticks(17),
  };
}

async function readStat(path: string): Promise<Stat | null> {
  // A process may end between being listed and being read.
  const text = await readFile(path, "latin1").catch(() => null);
  return text === null ? null : parseStat(text);
}

async function readProcesses(): Promise<ReadonlyMap<number, Stat>> {
  const entries = await readdir("/proc").catch((): string[] => []);
  const pids = entries.filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = await Promise.all(
    pids.map(async (pid) => [pid, await readStat(`/proc/${pid}/stat`)] as const),
  );
  return new Map(stats.filter((entry): entry is [number, Stat] => entry[1] !== null));
}

/** The postmaster is Waxwing's child. Null without /proc. */
export async function findPostmaster(waxwing: number): Promise<number | null> {
  for (const [pid, { parent, program }] of await readProcesses()) {
    if (parent === waxwing && program === "postgres") return pid;
  }
  return null;
}

export async function readCpuTimes(pids: MeasuredPids): Promise<CpuTimes> {
  const processes = await readProcesses();
  const own = (pid: number | null): number => (pid === null ? 0 : (processes.get(pid)?.ownMs ?? 0));
  let postgres = own(pids.postmaster);
  if (pids.postmaster !== null) {
    postgres += processes.get(pids.postmaster)?.endedChildrenMs ?? 0;
    for (const { parent, ownMs } of processes.values()) if (parent === pids.postmaster) postgres += ownMs;
  }
  return {
    waxwing: own(pids.waxwing),
    ...(await readThreads(pids.waxwing)),
    postgres,
    redis: own(pids.redis),
    sink: own(pids.sink),
    load: own(pids.load),
    machine: await readMachineMs(),
  };
}

/** CPU time used so far by these processes and everything they have started, what has ended included; ms. */
export async function treeCpuMs(roots: readonly number[]): Promise<number> {
  const processes = await readProcesses();
  const members = new Set(roots);
  // A child is listed before its parent when pids have wrapped round, so one pass need not find all.
  for (let known = 0; known !== members.size; ) {
    known = members.size;
    for (const [pid, { parent }] of processes) if (members.has(parent)) members.add(pid);
  }
  let ms = 0;
  for (const pid of members) {
    const stat = processes.get(pid);
    if (stat !== undefined) ms += stat.ownMs + stat.endedChildrenMs;
  }
  return ms;
}

/** Node names its threads; those of the pools live as long as the process. */
async function readThreads(pid: number): Promise<Pick<CpuTimes, "mainThread" | "poolThreads" | "v8Threads">> {
  const threads = await readdir(`/proc/${pid}/task`).catch((): string[] => []);
  const times = { mainThread: 0, poolThreads: 0, v8Threads: 0 };
  for (const thread of threads) {
    const stat = await readStat(`/proc/${pid}/task/${thread}/stat`);
    if (stat === null) continue;
    if (thread === String(pid)) times.mainThread += stat.ownMs;
    else if (/^(libuv|signing)/.test(stat.program)) times.poolThreads += stat.ownMs;
    else times.v8Threads += stat.ownMs;
  }
  return times;
}

/** proc(5), /proc/stat: user, nice, system, idle, iowait, irq, softirq. Stolen time is not ours. */
export async function readMachineMs(): Promise<number> {
  const text = await readFile("/proc/stat", "latin1").catch(() => "cpu");
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (text.split("\n")[0] ?? "")
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq) * MS_PER_TICK;
}

export function cpuBetween(before: CpuTimes, after: CpuTimes): CpuTimes {
  return {
    waxwing: after.waxwing - before.waxwing,
    mainThread: after.mainThread - before.mainThread,
    poolThreads: after.poolThreads - before.poolThreads,
    v8Threads: after.v8Threads - before.v8Threads,
    postgres: after.postgres - before.postgres,
    redis: after.redis - before.redis,
    sink: after.sink - before.sink,
    load: after.load - before.load,
    machine: after.machine - before.machine,
  };
}

/** The most memory the process has had at once, MiB; 0 without /proc. */
export async function peakMemoryMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "latin1").catch(() => "");
  return Number(/^VmHWM:\s*(\d+)/m.exec(status)?.[1] ?? 0) / 1_024;
}
