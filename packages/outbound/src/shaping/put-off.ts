import { aboutRecipient, type EventNotifier, newEvent } from "@waxwing/events";
import type { Clock } from "@waxwing/runtime";
import { type Database, type PutOffLook, putOffLane } from "@waxwing/store";
import type { Closure } from "./gate.ts";

/**
 * Moves what is due in a lane to the end of a closure, without trying any of it.
 *
 * @returns whether what is still due is to be decided on: it was looked at in whole during this closure. Otherwise it was put off before.
 */
export type PutOff = (laneKey: string, closure: Closure) => Promise<boolean>;

/** Recipients moved in one transaction. Each steps over what those before it have left in the index: by a thousand it took twice as long. */
const BATCH = 5_000;

/** The words in which a recipient is told that nothing was tried. */
export function notTried({ reason, untilMs }: Closure): string {
  return `not tried: this site is left alone until ${new Date(untilMs).toISOString()} because of an earlier answer: ${reason}`;
}

/** A lane is looked at in whole this often at most, and for messages that live shortly so many times in their life. */
const WHOLE_LOOK_MS = 15 * 60_000;
const WHOLE_LOOKS_IN_A_LIFE = 16;
/** What was accepted at the time of a look may be committed after it. */
const LATE_COMMIT_MS = 60_000;
/** Lanes whose last look is remembered; the ones looked at longest ago are forgotten. */
const MAX_LOOKS = 20_000;

interface Look extends PutOffLook {
  readonly wholeAtMs: number;
  /** The end of the closure in which it was. */
  readonly wholeUntilMs: number;
}

/**
 * Recipients that wait for their first attempt become `deferred`, once, with the answer that closed the lane; no attempt is recorded,
 * for none was made. It ends with the closure, whatever is left then. Those older than `maxAgeMs` stay due: they are to be decided on.
 *
 * Of a large lane that stays closed it is not worth moving everything at each end of a pause. What has been put off once stays where it
 * is, due, and what has come since is put off beside it; every quarter of an hour everything is looked at, for what is too old by then.
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
  const wholeLookMs = Math.min(WHOLE_LOOK_MS, maxAgeMs / WHOLE_LOOKS_IN_A_LIFE);
  const looks = new Map<string, Look>();

  const remember = (laneKey: string, look: Look): void => {
    looks.delete(laneKey);
    looks.set(laneKey, look);
    const [first] = looks.keys();
    if (looks.size > MAX_LOOKS && first !== undefined) looks.delete(first);
  };

  return async (laneKey, closure) => {
    const { untilMs } = closure;
    const reason = notTried(closure);
    const next_attempt_at = new Date(untilMs).toISOString();
    const startedAtMs = clock.now();
    const known = looks.get(laneKey);
    const last = known !== undefined && startedAtMs - known.wholeAtMs < wholeLookMs ? known : null;
    const { wholeAtMs, wholeUntilMs } = last ?? { wholeAtMs: startedAtMs, wholeUntilMs: untilMs };
    const isWhole = untilMs <= wholeUntilMs;
    let sinceMs: number | null = null;
    for (;;) {
      const nowMs = clock.now();
      // Beside much else a large lane can take longer than its pause: what is put off to the past is due again, without end.
      if (nowMs >= untilMs) return isWhole;
      const { moved, projectIds, atMs } = await putOffLane(
        db,
        { lane: laneKey, untilMs, reason, acceptedAfterMs: nowMs - maxAgeMs, limit: BATCH, look: last },
        (recipient) =>
          newEvent(
            recipient,
            "deferred",
            { ...aboutRecipient(recipient), attempt: 0, reply: reason, next_attempt_at },
            nowMs,
          ),
      );
      sinceMs ??= atMs - LATE_COMMIT_MS;
      if (projectIds.length > 0) notify(new Set(projectIds));
      if (moved < BATCH) break;
    }
    const putOffToMs = [...new Set([...(last?.putOffToMs ?? []), Math.floor(untilMs)])];
    remember(laneKey, {
      sinceMs,
      putOffToMs: putOffToMs.filter((ms) => ms > sinceMs),
      ...{ wholeAtMs, wholeUntilMs },
    });
    return isWhole;
  };
}
