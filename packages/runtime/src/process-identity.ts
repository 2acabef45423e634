import { execFile } from "node:child_process";
import { readlink } from "node:fs/promises";
import { promisify } from "node:util";
import { readFileIfThere } from "./private-file.ts";

/** What tells one process from every other one, also from a later one with the same number. */
export type ProcessIdentity = {
  readonly pid: number;
  /** When the system says the process began, in its own words; null where it does not say. */
  readonly processStartTime: string | null;
  /** Which boot of which machine; null where unknown. */
  readonly bootId: string | null;
  /** Which PID namespace, so which container; null where there are none. */
  readonly pidNamespace: string | null;
};

/** `elsewhere`: another boot, machine or container, where a process number of ours means nothing. */
export type Liveness = "alive" | "dead" | "elsewhere";

/** The identity of this process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  return {
    pid: process.pid,
    processStartTime: await startTimeOf(process.pid),
    bootId: await readBootId(),
    pidNamespace: await readPidNamespace(),
  };
}

/** Whether the process with this identity still runs, as far as this process can tell. */
export async function livenessOf(identity: ProcessIdentity): Promise<Liveness> {
  const here = await ownIdentity();
  if (identity.bootId !== here.bootId || identity.pidNamespace !== here.pidNamespace) return "elsewhere";
  if (!processExists(identity.pid)) return "dead";
  // The number may have been given to another process since.
  return (await startTimeOf(identity.pid)) === identity.processStartTime ? "alive" : "dead";
}

/** True when a process with this number runs, whoever owns it. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

async function startTimeOf(pid: number): Promise<string | null> {
  if (process.platform !== "linux") return await startTimeFromPs(pid);
  const stat = await readProc(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // proc(5): the second field is the command in parentheses and may itself hold spaces and parentheses, so count
  // from the last one. Field 22 is the start time in clock ticks since boot; field 3 a zombie's "Z".
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? null : (fields[19] ?? null);
}

async function startTimeFromPs(pid: number): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)], {
      env: { LC_ALL: "C", PATH: "/bin:/usr/bin" },
    });
    return stdout.trim() || null;
  } catch {
    // No such process, or no ps: its absence is answered by processExists.
    return null;
  }
}

async function readBootId(): Promise<string | null> {
  return (await readProc("/proc/sys/kernel/random/boot_id"))?.trim() ?? null;
}

async function readPidNamespace(): Promise<string | null> {
  try {
    return await readlink("/proc/self/ns/pid");
  } catch {
    return null;
  }
}

async function readProc(path: string): Promise<string | null> {
  try {
    return await readFileIfThere(path);
  } catch {
    // ESRCH when the process ends while it is being read.
    return null;
  }
}
