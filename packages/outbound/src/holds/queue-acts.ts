import type { LaneQueue } from "@waxwing/queue";
import type { Clock, Logger } from "@waxwing/runtime";
import {
  type Actor,
  claimRecipients,
  type Database,
  endSitePauses,
  type QueueSelection,
  type RecipientRef,
  recordQueueAct,
  requeueRecipients,
  walkQueue,
} from "@waxwing/store";
import type { Recorder } from "../record.ts";

/** What an act on the queue came to. */
export interface QueueActResult {
  /** Recipients of the selection that wait; for a requeue those that wait for another attempt. */
  readonly matched: number;
  /** How many of them were changed: none in a dry run, and none that a worker took meanwhile. */
  readonly changed: number;
  /** Where to go on; null when the whole queue was looked at. */
  readonly next: RecipientRef | null;
}

/** An order for a part of the queue. `after`: the `next` of the result before, null at the beginning. */
export interface QueueOrder {
  readonly actor: Actor;
  readonly selection: QueueSelection;
  readonly dryRun: boolean;
  readonly after: RecipientRef | null;
}

/** What operators do with what waits, in batches; after a few seconds a result says where to go on. */
export interface QueueActs {
  /**
   * Makes due now what waits for another attempt. Messages before their `send_at` and held ones stay where they are. Of a site, for
   * everybody, it also ends the pause: whoever orders it knows that the site is well again.
   */
  readonly requeue: (order: QueueOrder) => Promise<QueueActResult>;
  /** Ends what waits, for this reason: `bounced`, with its event, and the report that SMTP senders are owed. */
  readonly bounce: (order: QueueOrder & { readonly reason: string }) => Promise<QueueActResult>;
}

/** A request is answered within this time and that of one batch. */
const BUDGET_MS = 5_000;
/** Recipients changed by one statement. */
const BATCH = 500;
const LEASE_MS = 60_000;
/** By then every worker has heard that a pause is over: they look twice a second. One that had not would put all off again. */
const HEARD_MS = 1_000;

/**
 * @param options.record with the lease id of `leaseId`: rows are claimed before they are ended, as by a worker, so that each has one
 *   outcome whoever else is at it
 */
export function createQueueActs(options: {
  readonly db: Database;
  readonly lanes: Pick<LaneQueue, "wake">;
  readonly record: Recorder;
  readonly leaseId: string;
  readonly clock: Clock;
  readonly log: Logger;
}): QueueActs {
  const { db, lanes, record, leaseId, clock, log } = options;

  const walk = async (
    order: QueueOrder,
    wanted: "waiting" | "later",
    change: (refs: readonly RecipientRef[]) => Promise<number>,
  ): Promise<QueueActResult> => {
    const endMs = clock.now() + BUDGET_MS;
    let { after: next } = order;
    let matched = 0;
    let changed = 0;
    do {
      const step = await walkQueue(db, order.selection, wanted, next);
      matched += step.found.length;
      if (!order.dryRun) {
        for (let at = 0; at < step.found.length; at += BATCH)
          changed += await change(step.found.slice(at, at + BATCH));
      }
      next = step.next;
    } while (next !== null && clock.now() < endMs);
    return { matched, changed, next };
  };

  const startRequeue = async ({ actor, selection }: QueueOrder): Promise<void> => {
    await recordQueueAct(db, actor, "queue.requeued", selection);
    const { kind, value, projectId } = selection;
    if (kind !== "site" || projectId !== null) return;
    if ((await endSitePauses(db, value)) > 0) await clock.sleep(HEARD_MS);
  };

  return {
    requeue: async (order) => {
      if (!order.dryRun && order.after === null) await startRequeue(order);
      return await walk(order, "later", async (refs) => {
        const sites = await requeueRecipients(db, refs);
        lanes
          .wake(new Set(sites))
          .catch((err: unknown) => log.warn({ event: "lane.wake-failed", err, sites: sites.length }));
        return sites.length;
      });
    },
    bounce: async (order) => {
      if (!order.dryRun && order.after === null)
        await recordQueueAct(db, order.actor, "queue.bounced", order.selection);
      return await walk(order, "waiting", async (refs) => {
        const claimed = await claimRecipients(db, { refs, leaseId, leaseMs: LEASE_MS });
        const outcomes = await Promise.all(
          claimed.map((recipient) => record({ recipient, state: "bounced", reason: order.reason })),
        );
        return outcomes.filter((outcome) => outcome === "recorded").length;
      });
    },
  };
}
