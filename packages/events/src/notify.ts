import type { LaneQueue } from "@waxwing/queue";
import type { Clock, Logger } from "@waxwing/runtime";
import { announceEvents, type Database, enabledWebhooks } from "@waxwing/store";

/** Tells the webhooks of these projects that the log has grown. Called after the commit; never throws, never waits. */
export type EventNotifier = (projectIds: ReadonlySet<string>) => void;

/** How old the list of webhooks may be: a new webhook starts within this time even on an otherwise idle system. */
const WEBHOOKS_CACHE_MS = 2_000;

/** Between announcements to readers of the feed: each is a transaction, and who waits does not mind. */
const ANNOUNCE_EVERY_MS = 20;
/** Announced at once; the others are found by those who wait for them. */
const MAX_ANNOUNCED = 10_000;

/**
 * A notifier that announces the projects to those who wait for their feed, and wakes the lane of each enabled webhook. The list of webhooks is read at most every WEBHOOKS_CACHE_MS, so that
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

  let grown = new Set<string>();
  let announcing = false;
  const announce = async (): Promise<void> => {
    announcing = true;
    try {
      while (grown.size > 0) {
        const projectIds = [...grown];
        grown = new Set();
        await announceEvents(db, projectIds);
        await clock.sleep(ANNOUNCE_EVERY_MS);
      }
    } finally {
      announcing = false;
    }
  };

  return (projectIds) => {
    for (const projectId of projectIds) if (grown.size < MAX_ANNOUNCED) grown.add(projectId);
    if (!announcing) announce().catch((err: unknown) => log.debug({ event: "events.announce-failed", err }));
    wake(projectIds).catch((err: unknown) => {
      list = null;
      log.warn({ event: "webhook.wake-failed", err });
    });
  };
}
