import { aboutRecipient, type EventNotifier, newEvent } from "@waxwing/events";
import type { Clock } from "@waxwing/runtime";
import { type Database, putOffLane } from "@waxwing/store";
import type { Closure } from "./gate.ts";

/** Moves what is due in a lane to the end of a closure, without trying any of it. */
export type PutOff = (laneKey: string, closure: Closure) => Promise<void>;

/** Recipients moved in one transaction. Each steps over what those before it have left in the index: by a thousand it took twice as long. */
const BATCH = 5_000;

/** The words in which a recipient is told that nothing was tried. */
export function notTried({ reason, untilMs }: Closure): string {
  return `not tried: this site is left alone until ${new Date(untilMs).toISOString()} because of an earlier answer: ${reason}`;
}

/**
 * Recipients that wait for their first attempt become `deferred`, once, with the answer that closed the lane; no attempt is recorded,
 * for none was made. It ends with the closure, whatever is left then. Those older than `maxAgeMs` stay due: they are to be decided on.
 *
 * @param options.notify told of the projects that have new events
 */
export function createPutOff(options: {
  readonly db: Database;
  readonly clock: Clock;
  readonly notify: EventNotifier;
  readonly maxAgeMs: number;
}): PutOff {
  const { db, clock, notify, maxAgeMs } = options;
  return async (laneKey, closure) => {
    const { untilMs } = closure;
    const reason = notTried(closure);
    const next_attempt_at = new Date(untilMs).toISOString();
    for (;;) {
      const nowMs = clock.now();
      // Beside much else a large lane can take longer than its pause: what is put off to the past is due again, without end.
      if (nowMs >= untilMs) return;
      const { moved, projectIds } = await putOffLane(
        db,
        { lane: laneKey, untilMs, reason, acceptedAfterMs: nowMs - maxAgeMs, limit: BATCH },
        (recipient) =>
          newEvent(
            recipient,
            "deferred",
            { ...aboutRecipient(recipient), attempt: 0, reply: reason, next_attempt_at },
            nowMs,
          ),
      );
      if (projectIds.length > 0) notify(new Set(projectIds));
      if (moved < BATCH) return;
    }
  };
}
