import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LoadPlan, LoadResult } from "./load-plan.ts";
import { type OwnProcess, startProcess, within } from "./own-process.ts";

/** The load generator, running. */
export interface Load extends AsyncDisposable {
  readonly process: OwnProcess;
  /** @throws when a message got no 202 */
  readonly send: (plan: LoadPlan) => Promise<Extract<LoadResult, { kind: "accepted" }>>;
}

/** So many messages a second even the slowest machine accepts; below it the run has failed. */
const SLOWEST_PER_SECOND = 5;

/** Starts the load generator in a process of its own. */
export async function startLoad(signal: AbortSignal): Promise<Load> {
  const load = await startProcess({
    name: "the load generator",
    command: process.execPath,
    args: [fileURLToPath(import.meta.resolve("./load-process.ts"))],
    ipc: true,
  });
  const { child, ended } = load;
  return {
    process: load,
    send: async (plan) => {
      const answered = once(child, "message").then(([message]) => message as LoadResult);
      child.send(plan);
      const early = ended.then((words): LoadResult => ({ kind: "failed", reason: words }));
      const limitMs = 30_000 + ((plan.messages * (plan.together ?? 1)) / SLOWEST_PER_SECOND) * 1_000;
      const result = await within(Promise.race([answered, early]), limitMs, "not all accepted", signal);
      if (result.kind === "failed") throw new Error(result.reason);
      return result;
    },
    [Symbol.asyncDispose]: () => load[Symbol.asyncDispose](),
  };
}
