import type { LaneQueue } from "@waxwing/queue";
import { type Clock, isId, type Logger, newId, parseDomain } from "@waxwing/runtime";
import {
  type Actor,
  bringBack,
  type Database,
  type Hold,
  type HoldKind,
  lanesOf,
  liftHold,
  type PutHold,
  putHold,
} from "@waxwing/store";

/** A hold as it is asked for. */
export interface HoldRequest {
  readonly kind: HoldKind;
  /** As {@link readHoldSubject} gives it. */
  readonly value: string;
  /** Whose mail it holds; null: everybody's. */
  readonly projectId: string | null;
  readonly reason: string;
  /** When it ends by itself; null: when it is lifted. */
  readonly until: Date | null;
}

/** Puts holds on mail and lifts them. Both resolve when the change is committed; workers know of it within a second. */
export interface HoldOrders {
  readonly suspend: (actor: Actor, request: HoldRequest) => Promise<PutHold>;
  /** Lifts a hold of a project, or with null any; what it kept is due at once. Null: there is no such hold. */
  readonly resume: (actor: Actor, projectId: string | null, holdId: string) => Promise<Hold | null>;
}

/** Of a project, and of the platform: every worker has all of them in memory. */
const MAX_HOLDS = 500;

export function createHoldOrders(options: {
  readonly db: Database;
  readonly lanes: Pick<LaneQueue, "wake">;
  readonly clock: Clock;
  readonly log: Logger;
}): HoldOrders {
  const { db, lanes, clock, log } = options;
  const release = async (hold: Hold): Promise<void> => {
    const { kind, value, id } = hold;
    const woken = kind === "site" || kind === "project" ? await lanesOf(db, { kind, value }) : [];
    const back = kind === "site" || kind === "project" ? [] : await bringBack(db, id);
    const all = [...woken, ...back];
    if (all.length > 0) await lanes.wake(all);
  };
  const releaseOrLeave = (hold: Hold): Promise<void> =>
    // The change is committed; the upkeep and the sweeper do what fails here.
    release(hold).catch((err: unknown) => log.warn({ event: "hold.release-failed", hold: hold.id, err }));

  return {
    suspend: async (actor, request) => {
      const put = await putHold(
        db,
        actor,
        { id: newId(clock.now()), ...request, createdBy: actor.keyId },
        MAX_HOLDS,
      );
      // What was put off to the old end is put off anew, to the new one.
      if (put.kind === "changed") await releaseOrLeave(put.hold);
      return put;
    },
    resume: async (actor, projectId, holdId) => {
      const hold = await liftHold(db, actor, projectId, holdId);
      if (hold !== null) await releaseOrLeave(hold);
      return hold;
    },
  };
}

/** Longer than any site or tag. */
const MAX_VALUE_CHARS = 400;

/**
 * The value of a hold or a selection as it is stored: domains as A-labels in lower case, everything else as it is.
 *
 * @returns what is wrong with it, or null, beside the value
 */
export function readHoldSubject(
  kind: HoldKind | "message",
  value: string,
): { readonly kind: "ok"; readonly value: string } | { readonly kind: "invalid"; readonly message: string } {
  if (value === "" || value.length > MAX_VALUE_CHARS || value.includes("\0") || !value.isWellFormed())
    return { kind: "invalid", message: `must be text of 1 to ${MAX_VALUE_CHARS} characters` };
  switch (kind) {
    case "project":
    case "message":
      return isId(value)
        ? { kind: "ok", value: value.toLowerCase() }
        : { kind: "invalid", message: `is not the id of a ${kind}` };
    case "domain": {
      const parsed = parseDomain(value);
      return parsed.kind === "ok"
        ? { kind: "ok", value: parsed.value }
        : { kind: "invalid", message: "is not a domain" };
    }
    case "site":
    case "tag":
      return { kind: "ok", value };
  }
}
