import type { Clock, Logger } from "@waxwing/runtime";
import { type ClaimedRecipient, type Database, type Hold, listHolds } from "@waxwing/store";
import { readLaneKey } from "../egress/lane-key.ts";
import { siteOf } from "../routing/site-name.ts";

/** What a hold may be on, of one recipient. */
export type HeldSubject = Pick<ClaimedRecipient, "projectId" | "address" | "tags">;

/** Tells which recipients are held. */
export interface HoldWatch {
  /**
   * The hold that keeps a recipient in this lane; null: none does.
   *
   * @param seenSinceMs a hold is believed only where it was there at this time or later: the time of the claim, which already
   *   knew of holds on sites and projects
   */
  readonly holdOn: (lane: string, recipient: HeldSubject, seenSinceMs: number) => Promise<Hold | null>;
}

/** How old the view may be: what was claimed before a hold stops within this time and that of the attempts under way. */
const FRESH_MS = 500;

/**
 * All holds in memory, looked at again before a delivery when they are older than half a second; where nothing is delivered nothing
 * is asked. The claim passes over held sites and projects by itself: this is for what was claimed before, and for domains and tags.
 * While the database is away the last view holds.
 */
export function createHoldWatch(options: {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
}): HoldWatch {
  const { db, clock, log } = options;
  let view: HoldsBySubject | null = null;
  let seenAtMs = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | null = null;

  const look = async (): Promise<void> => {
    const askedAtMs = clock.now();
    try {
      view = holdsBySubject(await listHolds(db, null));
    } catch (err) {
      // Without any view, mail could go out that is held.
      if (view === null) throw err;
      log.warn({ event: "holds.refresh-failed", err });
    }
    seenAtMs = askedAtMs;
  };
  const refresh = (): Promise<void> => {
    looking ??= look().finally(() => {
      looking = null;
    });
    return looking;
  };

  return {
    holdOn: async (lane, recipient, seenSinceMs) => {
      if (view === null || seenAtMs + FRESH_MS <= clock.now()) await refresh();
      if (view === null || view.size === 0) return null;
      const held = findHoldOn(view, lane, recipient);
      if (held === null || seenAtMs >= seenSinceMs) return held;
      await refresh();
      return findHoldOn(view, lane, recipient);
    },
  };
}

const keyOf = ({ kind, value }: Pick<Hold, "kind" | "value">): string => `${kind}:${value}`;

/** Holds by what they are on. */
export type HoldsBySubject = ReadonlyMap<string, readonly Hold[]>;

export function holdsBySubject(holds: readonly Hold[]): HoldsBySubject {
  return Map.groupBy(holds, keyOf);
}

/** The widest of the holds that keep a recipient in this lane; null: none does. */
export function findHoldOn(holds: HoldsBySubject, lane: string, recipient: HeldSubject): Hold | null {
  for (const subject of subjectsOf(lane, recipient)) {
    const hold = holds
      .get(keyOf(subject))
      ?.find(({ projectId }) => projectId === null || projectId === recipient.projectId);
    if (hold !== undefined) return hold;
  }
  return null;
}

/** Everything that a hold on this recipient could be on, the widest first. */
export function subjectsOf(
  lane: string | null,
  recipient: HeldSubject,
): readonly Pick<Hold, "kind" | "value">[] {
  return [
    ...(lane === null ? [] : [{ kind: "site" as const, value: readLaneKey(lane).site }]),
    { kind: "project", value: recipient.projectId },
    { kind: "domain", value: siteOf(recipient.address) },
    ...recipient.tags.map((value) => ({ kind: "tag" as const, value })),
  ];
}
