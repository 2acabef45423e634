import type { LaneQueue } from "@waxwing/queue";
import { type Clock, type Logger, runRounds } from "@waxwing/runtime";
import { type Database, sitesWithDueRecipients } from "@waxwing/store";

/**
 * Wakes the lanes of due recipients that nobody is delivering: after a queue that lost its jobs, a worker that died with its
 * leases, a wake-up that failed. It is the repair, not the normal path, and lives on a timer, because a repeating job would be
 * lost with the queue it repairs. Waking a lane that is awake costs one deduplicated job.
 */
export async function runSweeper(options: {
  readonly db: Database;
  readonly lanes: LaneQueue;
  readonly clock: Clock;
  readonly log: Logger;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
}): Promise<void> {
  await runRounds({
    ...options,
    name: "sweeper",
    round: async () => {
      const sites = await sitesWithDueRecipients(options.db);
      if (sites.length > 0) await options.lanes.wake(sites);
    },
  });
}
