import { delimiter, dirname, join } from "node:path";

/** The program as users start it: it chooses Node's flags by the role. */
export const LAUNCHER = join(import.meta.dirname, "../apps/waxwing/bin/waxwing");

/**
 * What the launcher needs of the environment: this Node, and nothing else of ours.
 *
 * @param profileDir where the process leaves a CPU profile at its end; null: none
 */
export function launcherEnv(profileDir: string | null): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG, TMPDIR, NODE_OPTIONS } = process.env;
  const profiling =
    profileDir === null ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileDir}`, "--cpu-prof-interval=500"];
  const nodeOptions = [...(NODE_OPTIONS === undefined ? [] : [NODE_OPTIONS]), ...profiling].join(" ");
  return {
    ...{ HOME, LANG, TMPDIR },
    PATH: `${dirname(process.execPath)}${delimiter}${PATH}`,
    ...(nodeOptions !== "" && { NODE_OPTIONS: nodeOptions }),
  };
}
