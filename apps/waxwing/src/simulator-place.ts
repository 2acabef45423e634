import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Config, parseDomain } from "@waxwing/runtime";

/** Where the simulator of a running platform takes mail. */
export interface SimulatorPlace {
  readonly domain: string;
  /** Of this machine. */
  readonly port: number;
}

const fileOf = (dataDir: string): string => join(dataDir, "simulator.json");

/** Puts down where the simulator is: its port is chosen at the start, and commands beside the platform are to know the way to it. */
export async function noteSimulator(
  dataDir: string,
  { domain, port }: SimulatorPlace,
): Promise<AsyncDisposable> {
  await writeFile(fileOf(dataDir), JSON.stringify({ domain, port }));
  return { [Symbol.asyncDispose]: () => forgetSimulator(dataDir) };
}

/** Removes what was put down, by a process that was killed perhaps. */
export async function forgetSimulator(dataDir: string): Promise<void> {
  await rm(fileOf(dataDir), { force: true });
}

/** What was put down; null where none runs. After a `kill -9` it says where the simulator was, until the next start. */
export async function findSimulator(dataDir: string): Promise<SimulatorPlace | null> {
  try {
    const noted: unknown = JSON.parse(await readFile(fileOf(dataDir), "utf8"));
    if (typeof noted !== "object" || noted === null || !("domain" in noted) || !("port" in noted))
      return null;
    const { domain, port } = noted;
    if (typeof domain !== "string" || typeof port !== "number" || parseDomain(domain).kind === "bad")
      return null;
    return { domain, port };
  } catch {
    // No file, or one that a crash left in the middle of a word.
    return null;
  }
}

/** The configuration with a route to the simulator, unless it has one for that very domain. */
export function withSimulator(config: Config, { domain, port }: SimulatorPlace): Config {
  const isRouted = config.routes.some(({ pattern }) => pattern.kind === "exact" && pattern.domain === domain);
  if (isRouted) return config;
  const listen = config.simulatorListen ?? "off";
  const host = listen === "off" ? "127.0.0.1" : reachableHost(listen.host);
  return {
    ...config,
    routes: [{ pattern: { kind: "exact", domain }, nextHop: { host, port } }, ...config.routes],
  };
}

/** Where a server of this machine is reached that listens at every address. */
export function reachableHost(host: string): string {
  return host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
}
