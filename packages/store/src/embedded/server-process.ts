import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Launch } from "./launch.ts";

/** How a program ended, with the last lines of what it said. */
export type Exit = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lastLines: readonly string[];
};

/** A running program of PostgreSQL's. */
export type ServerProcess = {
  readonly child: ChildProcess;
  /** Resolves when the program has ended, also when it could not be started. */
  readonly exited: Promise<Exit>;
};

const rememberedLines = 20;
const pipeGraceMs = 1_000;

/**
 * Starts a program in a session of its own: Ctrl-C in a terminal signals the whole foreground group, and the database
 * must outlive those who are still writing to it.
 *
 * @param onLine each line of its output; it must not throw
 */
export function startProgram(
  launch: Launch,
  program: string,
  options: readonly string[],
  onLine: (line: string) => void = () => undefined,
): ServerProcess {
  const spawnOptions: SpawnOptions = {
    cwd: "/",
    // Nothing of ours: PG* variables change what the programs do, and secrets would be readable in /proc.
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC", ...libraryPath() },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  };
  const child =
    launch.kind === "plain"
      ? spawn(program, options, { ...spawnOptions, ...launch.ids })
      : spawn(launch.program, [...launch.options, program, ...options], spawnOptions);

  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      lastLines.push(line);
      if (lastLines.length > rememberedLines) lastLines.shift();
      onLine(line);
    });
  }

  const { promise: exited, resolve } = Promise.withResolvers<Exit>();
  child.once("error", (error) =>
    resolve({ code: null, signal: null, lastLines: [...lastLines, error.message] }),
  );
  // "close" comes after the last output, but descendants that are slow to end hold the pipes: they are not waited for.
  child.once("exit", (code, signal) => {
    setTimeout(() => resolve({ code, signal, lastLines }), pipeGraceMs).unref();
  });
  child.once("close", (code, signal) => resolve({ code, signal, lastLines }));
  return { child, exited };
}

function libraryPath(): Record<string, string> {
  const path = process.env.LD_LIBRARY_PATH;
  return path === undefined ? {} : { LD_LIBRARY_PATH: path };
}
