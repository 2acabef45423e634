import type { LaneQueue } from "@waxwing/queue";
import type { Logger } from "@waxwing/runtime";
import { type ClaimedRecipient, type Database, moveBacklog, releaseClaims } from "@waxwing/store";
import { laneKey, readLaneKey } from "../egress/lane-key.ts";
import { isDomainLane } from "./site-name.ts";

/** A claimed recipient that another lane is to deliver. */
export interface Leaving {
  readonly recipient: ClaimedRecipient;
  readonly site: string;
}

/**
 * Hands recipients to the lanes of their sites, the pool staying the same. From a domain's own lane everything of the same project
 * goes along, claimed or not: it is all for that domain.
 *
 * The other lanes are woken after the rows have moved, so that they find them; should that fail, the sweeper wakes them. What is not
 * due yet gets its alarm from the lane it has come to.
 */
export async function leaveLane(
  options: {
    readonly db: Database;
    readonly lanes: LaneQueue;
    readonly log: Logger;
    readonly leaseId: string;
  },
  lane: string,
  leaving: readonly Leaving[],
): Promise<void> {
  const { db, lanes, log, leaseId } = options;
  const from = readLaneKey(lane);
  const keyOf = (site: string): string => laneKey(site, from.pool);
  await releaseClaims(
    db,
    leaseId,
    leaving.map(({ recipient, site }) => ({ ...recipient, site: keyOf(site) })),
  );
  if (isDomainLane(from.site)) {
    const ways = new Map(leaving.map(({ recipient, site }) => [recipient.projectId, site]));
    for (const [projectId, site] of ways) await moveBacklog(db, { from: lane, to: keyOf(site), projectId });
  }
  const woken = new Set(leaving.map(({ site }) => keyOf(site)));
  try {
    await lanes.wake(woken);
  } catch (err) {
    log.warn({ event: "lane.wake-failed", err, sites: woken.size });
  }
}
