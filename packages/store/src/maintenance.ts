import type { Clock, Logger } from "@waxwing/runtime";
import type { Database } from "./database.ts";
import { deleteOrphanedContents } from "./mail-contents.ts";
import { ensurePartitions } from "./partitions.ts";

/** Partitions are made two months ahead, so that even days without maintenance leave nothing to the default partition. */
const INTERVAL_MS = 3_600_000;

/**
 * Hourly housekeeping: the coming partitions, mail contents that no folder shows any more. Every worker runs it; each part is
 * safe to run from many at once. Runs until `signal` is aborted.
 */
export async function runMaintenance(options: {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { db, clock, log, signal } = options;
  while (!signal.aborted) {
    try {
      await ensurePartitions(db.pool, clock.now());
      const contents = await deleteOrphanedContents(db);
      if (contents > 0) log.info({ event: "maintenance.contents-deleted", contents });
    } catch (err) {
      log.warn({ event: "maintenance.failed", err });
    }
    try {
      await clock.sleep(INTERVAL_MS, signal);
    } catch {
      return;
    }
  }
}
