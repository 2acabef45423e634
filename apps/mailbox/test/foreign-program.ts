import { execFileSync, spawn } from "node:child_process";
import type { TestContext } from "node:test";

/** What a program said, and its files: it lives in `home`. */
export interface ProgramRun {
  readonly code: number | null;
  readonly output: string;
}

/** A program that waits for somebody must not outlive its test. */
const PATIENCE_MS = 120_000;

/** Debian's nobody and nogroup. */
const NOBODY = 65_534;

/**
 * Runs a mail program that is not ours with `home` as its home and working directory, as nobody where the test is root: some programs
 * do not fetch mail for root. A machine may lack it: the test then says so and is skipped, except in CI, where it fails. Returns null if
 * it was skipped.
 */
export async function runForeign(
  t: TestContext,
  home: string,
  program: string,
  args: readonly string[],
  input = "",
): Promise<ProgramRun | null> {
  const env = { PATH: process.env.PATH, HOME: home, TERM: "xterm", LANG: "C.UTF-8", TMPDIR: home };
  const nobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if ("uid" in nobody) execFileSync("chown", ["-R", `${NOBODY}:${NOBODY}`, home]);
  const child = spawn(program, args, {
    cwd: home,
    env,
    stdio: ["pipe", "pipe", "pipe"],
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...nobody,
  });
  const { promise, resolve, reject } = Promise.withResolvers<ProgramRun | null>();
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-100_000);
    });
  }
  child.stdin.on("error", () => {});
  child.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT" || process.env.CI !== undefined) return reject(error);
    t.diagnostic(`NOT TESTED: ${program} is not on this machine`);
    t.skip(`${program} is not on this machine`);
    resolve(null);
  });
  child.on("close", (code) => resolve({ code, output }));
  child.stdin.end(input);
  return promise;
}
