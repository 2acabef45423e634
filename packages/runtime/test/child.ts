import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A child process that runs a module of ours and talks by lines. */
export type Child = {
  readonly process: ChildProcess;
  /** The next line of stdout; rejects when the child ends first. */
  readonly nextLine: () => Promise<string>;
  readonly exited: Promise<{
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
    readonly output: string;
  }>;
};

/** Starts `node` with the source of a module; `runtime` in it is the package under test. */
export function startChild(source: string, ...args: readonly string[]): Child {
  const code = `import * as runtime from ${JSON.stringify(import.meta.resolve("../src/index.ts"))};\n${source}`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code, "--", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  let output = "";
  createInterface({ input: child.stdout }).on("line", (line) => {
    output += `${line}\n`;
    const next = waiting.shift();
    if (next === undefined) lines.push(line);
    else next(line);
  });
  const { promise: exited, resolve } = Promise.withResolvers<Awaited<Child["exited"]>>();
  child.once("close", (code, signal) => resolve({ code, signal, output }));
  return {
    process: child,
    exited,
    nextLine: async () => {
      const line = lines.shift();
      if (line !== undefined) return line;
      const ended = exited.then((end): string => {
        throw new Error(`the child ended with ${end.code ?? end.signal}: ${end.output}`);
      });
      return await Promise.race([new Promise<string>((deliver) => void waiting.push(deliver)), ended]);
    },
  };
}
