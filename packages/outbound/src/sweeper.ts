import type { LaneQueue } from "@waxwing/queue";
import type { Clock, Logger } from "@waxwing/runtime";
import { type Database, sitesWithDueRecipients } from "@waxwing/store";

/**
 * Wakes the lanes of due recipients that nobody is delivering: after a queue that lost its jobs, a worker that died with its
 * leases, a wake-up that failed. It is the repair, not the normal path, and lives on a timer, because a repeating job would be
 * lost with the queue it repairs. Waking a lane that is awake costs one deduplicated job.
 *
 * Runs until `signal` is aborted.
 */
export async function runSweeper(options: {
  readonly db: Database;
  readonly lanes: LaneQueue;
  readonly clock: Clock;
  readonly log: Logger;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { db, lanes, clock, log, intervalMs, signal } = options;
  while (!signal.aborted) {
    try {
      const sites = await sitesWithDueRecipients(db);
      if (sites.length > 0) {
        await lanes.wake(sites);
        log.debug({ event: "sweeper.woke", sites: sites.length });
      }
    } catch (err) {
      log.warn({ event: "sweeper.failed", err });
    }
    try {
      await clock.sleep(intervalMs, signal);
    } catch {
      return;
    }
  }
}
