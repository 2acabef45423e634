import type { LaneQueue } from "@waxwing/queue";
import type { Clock, Logger } from "@waxwing/runtime";
import { type Database, webhooksBehind } from "@waxwing/store";

/**
 * Wakes webhooks that have events or retries to post and nobody posting: the repair after a lost queue or a failed wake-up.
 * Runs until `signal` is aborted.
 */
export async function runWebhookSweeper(options: {
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
      const behind = await webhooksBehind(db);
      if (behind.length > 0) await lanes.wake(behind);
    } catch (err) {
      log.warn({ event: "webhook-sweeper.failed", err });
    }
    try {
      await clock.sleep(intervalMs, signal);
    } catch {
      return;
    }
  }
}
