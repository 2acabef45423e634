import { type Clock, type Logger, runRounds } from "@waxwing/runtime";
import type { LaneQueue } from "./lane-queue.ts";

/**
 * Wakes lanes that have something due and nobody working on it: after a queue that lost its jobs, a worker that died with its
 * leases, a wake-up that failed. It is the repair, not the normal path, and lives on a timer, because a repeating job would be
 * lost with the queue it repairs. Waking a lane that is awake costs one deduplicated job.
 *
 * @param options.behind the keys of such lanes, by the database
 */
export function runLaneSweeper(options: {
  readonly name: string;
  readonly behind: () => Promise<readonly string[]>;
  readonly lanes: Pick<LaneQueue, "wake">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { behind, lanes } = options;
  return runRounds({
    ...options,
    round: async () => {
      const keys = await behind();
      if (keys.length > 0) await lanes.wake(keys);
    },
  });
}
