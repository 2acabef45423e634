import { spawn } from "node:child_process";
import type { TestContext } from "node:test";

/** What a program said. */
export interface ProgramRun {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/**
 * Runs a mail client that is not ours. A machine may lack it: the test then says so and is skipped, except in CI,
 * where it fails. Returns null if it was skipped.
 */
export async function runForeign(
  t: TestContext,
  program: string,
  args: readonly string[],
  input = "",
): Promise<ProgramRun | null> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  const { promise, resolve, reject } = Promise.withResolvers<ProgramRun | null>();
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  child.stdin.on("error", () => {});
  child.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT" || process.env.CI !== undefined) return reject(error);
    t.diagnostic(`NOT TESTED: ${program} is not on this machine`);
    t.skip(`${program} is not on this machine`);
    resolve(null);
  });
  child.on("close", (code) => resolve({ code, output, errors }));
  child.stdin.end(input);
  return promise;
}
