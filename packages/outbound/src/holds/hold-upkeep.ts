import type { LaneQueue } from "@waxwing/queue";
import { type Clock, type Logger, runRounds } from "@waxwing/runtime";
import {
  bringBack,
  claimRecipients,
  type Database,
  deleteEndedHolds,
  findExpiredRecipients,
  orphanedHolds,
  releaseClaims,
} from "@waxwing/store";
import type { Recorder } from "../record.ts";
import { standingOrder } from "../standing-orders.ts";

/** Recipients expired by one round: more wait for the next. */
const EXPIRED_AT_ONCE = 1_000;

/**
 * The upkeep of what no lane claims: holds that have ended are forgotten, recipients that wait for a hold which is gone come back, and
 * messages whose time to live has ended while nobody claimed them (a hold, a pause, a destination that is being left alone) expire.
 * Safe to run in every worker.
 */
export async function runHoldUpkeep(options: {
  readonly db: Database;
  readonly lanes: Pick<LaneQueue, "wake">;
  readonly record: Recorder;
  readonly leaseId: string;
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { db, lanes } = options;
  await runRounds({
    ...options,
    name: "hold-upkeep",
    round: async () => {
      await deleteEndedHolds(db);
      for (const holdId of await orphanedHolds(db)) {
        const back = await bringBack(db, holdId);
        if (back.length > 0) await lanes.wake(back);
      }
      await expireOverdue(options);
    },
  });
}

async function expireOverdue(options: {
  readonly db: Database;
  readonly record: Recorder;
  readonly leaseId: string;
  readonly leaseMs: number;
  readonly clock: Clock;
}): Promise<void> {
  const { db, record, leaseId, leaseMs, clock } = options;
  const refs = await findExpiredRecipients(db, EXPIRED_AT_ONCE);
  if (refs.length === 0) return;
  const claimed = await claimRecipients(db, { refs, leaseId, leaseMs });
  // By the clock of a worker that is behind, it is not time yet.
  const early = claimed.filter((recipient) => standingOrder(recipient, clock.now())?.kind !== "end");
  if (early.length > 0) await releaseClaims(db, leaseId, early);
  await Promise.all(
    claimed.map(async (recipient) => {
      if (early.includes(recipient)) return;
      const order = standingOrder(recipient, clock.now());
      // Its batch may have been cancelled meanwhile.
      if (order?.kind === "end") await record({ recipient, state: order.state, reason: order.reason });
    }),
  );
}
