import type { LaneQueue } from "@waxwing/queue";
import { type Clock, type Logger, runRounds } from "@waxwing/runtime";
import { type Database, webhooksBehind } from "@waxwing/store";

/** Wakes webhooks that have events or retries to post and nobody posting: the repair after a lost queue or a failed wake-up. */
export async function runWebhookSweeper(options: {
  readonly db: Database;
  readonly lanes: LaneQueue;
  readonly clock: Clock;
  readonly log: Logger;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
}): Promise<void> {
  await runRounds({
    ...options,
    name: "webhook-sweeper",
    round: async () => {
      const behind = await webhooksBehind(options.db);
      if (behind.length > 0) await options.lanes.wake(behind);
    },
  });
}
