import { aboutRecipient, type EventNotifier, newEvent } from "@waxwing/events";
import type { LaneQueue } from "@waxwing/queue";
import { type Clock, idTimeMs, type Logger } from "@waxwing/runtime";
import { cancelRecipients, type Database, findMessage, rescheduleMessage } from "@waxwing/store";

/**
 * Cancels what still waits of a message. Resolves when the states and their events are committed.
 *
 * @returns the ordinals of the recipients it cancelled; null when the project has no such message.
 */
export type CancelMessage = (projectId: string, messageId: string) => Promise<readonly number[] | null>;

export function createCanceller(options: {
  readonly db: Database;
  readonly notify: EventNotifier;
  readonly clock: Clock;
}): CancelMessage {
  const { db, notify, clock } = options;
  return async (projectId, messageId) => {
    const found = await findMessage(db, projectId, messageId);
    if (found === null) return null;
    const { message, recipients } = found;
    const nowMs = clock.now();
    const cancelled = await cancelRecipients(db, {
      projectId,
      messageId,
      reason: "the application cancelled it",
      events: recipients
        .filter(({ nextAttemptAt }) => nextAttemptAt !== null)
        .map(({ ordinal, address }) =>
          newEvent(
            { projectId, messageId, ordinal },
            "cancelled",
            aboutRecipient({ ...message, address }),
            nowMs,
          ),
        ),
    });
    if (cancelled.length > 0) notify(new Set([projectId]));
    return cancelled;
  };
}

/**
 * Moves a message to another time (Unix time in ms).
 *
 * @returns `begun` when it is too late: an attempt at a recipient has begun, or nothing of the message waits any more.
 */
export type RescheduleMessage = (
  projectId: string,
  messageId: string,
  sendAtMs: number,
) => Promise<"moved" | "begun" | "not-found">;

export function createRescheduler(options: {
  readonly db: Database;
  readonly lanes: Pick<LaneQueue, "wake">;
  readonly log: Logger;
}): RescheduleMessage {
  const { db, lanes, log } = options;
  return async (projectId, messageId, sendAtMs) => {
    if ((await findMessage(db, projectId, messageId)) === null) return "not-found";
    const sites = await rescheduleMessage(db, {
      projectId,
      messageId,
      sendAtMs,
      acceptedAtMs: idTimeMs(messageId),
    });
    if (sites === null) return "begun";
    // Woken also for later: a lane that finds nothing due sets its alarm to what is due next, which moving the alarm from here
    // could only get wrong, because the site may have other mail.
    lanes
      .wake(sites)
      .catch((err: unknown) => log.warn({ event: "lane.wake-failed", err, sites: sites.length }));
    return "moved";
  };
}
