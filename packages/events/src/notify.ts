import type { LaneQueue } from "@waxwing/queue";
import type { Clock, Logger } from "@waxwing/runtime";
import { type Database, enabledWebhooks } from "@waxwing/store";

/** Tells the webhooks of these projects that the log has grown. Called after the commit; never throws, never waits. */
export type EventNotifier = (projectIds: ReadonlySet<string>) => void;

/** How old the list of webhooks may be: a new webhook starts within this time even on an otherwise idle system. */
const WEBHOOKS_CACHE_MS = 2_000;

/**
 * A notifier that wakes the lane of each enabled webhook. The list of webhooks is read at most every WEBHOOKS_CACHE_MS, so that
 * systems without webhooks pay nothing per event.
 */
export function createEventNotifier(options: {
  readonly db: Database;
  readonly webhookLanes: LaneQueue;
  readonly clock: Clock;
  readonly log: Logger;
}): EventNotifier {
  const { db, webhookLanes, clock, log } = options;
  let list: Promise<ReadonlyMap<string, readonly string[]>> | null = null;
  let untilMs = 0;

  const wake = async (projectIds: ReadonlySet<string>): Promise<void> => {
    if (list === null || clock.now() >= untilMs) {
      list = enabledWebhooks(db);
      untilMs = clock.now() + WEBHOOKS_CACHE_MS;
    }
    const webhooks = await list;
    const ids = [...projectIds].flatMap((projectId) => webhooks.get(projectId) ?? []);
    if (ids.length > 0) await webhookLanes.wake(ids);
  };

  return (projectIds) => {
    wake(projectIds).catch((err: unknown) => {
      list = null;
      log.warn({ event: "webhook.wake-failed", err });
    });
  };
}
