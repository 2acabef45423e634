import type { LaneQueue } from "@waxwing/queue";
import type { Clock, Logger } from "@waxwing/runtime";
import type { RecipientLinks, ReturnPaths } from "@waxwing/seal";
import {
  type ClaimedRecipient,
  claimDueRecipients,
  type Database,
  nextDueAt,
  putOffPaused,
  releaseClaims,
  renewLease,
} from "@waxwing/store";
import type { Deliverer } from "./deliver.ts";
import { deliverClaimed, leftAlone, type Pass } from "./deliver-claimed.ts";
import { readLaneKey } from "./egress/lane-key.ts";
import { type Berth, type Handover, NO_BERTH } from "./handover.ts";
import { createHoldWatch } from "./holds/hold-watch.ts";
import { type HeldRecipient, heldAmong, setAside } from "./holds/set-aside.ts";
import type { RecentContents } from "./recent-contents.ts";
import type { Recorder } from "./record.ts";
import { type Leaving, leaveLane } from "./routing/leave-lane.ts";
import { placeOnce } from "./routing/place-once.ts";
import { createPlacer, type Placement } from "./routing/place-recipient.ts";
import type { Router } from "./routing/router.ts";
import { isDomainLane } from "./routing/site-name.ts";
import { sealClaimed } from "./seal-claimed.ts";
import type { Closure, Gate } from "./shaping/gate.ts";
import type { Shaping } from "./shaping/shaping.ts";
import type { Signer } from "./sign.ts";
import { standingOrder } from "./standing-orders.ts";
import type { LinkBases } from "./tracking/link-base.ts";
import { waitForDatabase } from "./wait-for-database.ts";

/**
 * A lane drains one destination site: claim, compose, sign, route, deliver, decide, record, again, until nothing is due or the
 * time slice has ended.
 *
 * Invariants:
 * - a recipient is sent only while its lease lasts: leases are renewed while a drain holds them, and a drain never ends before
 *   every recipient it claimed is recorded or given back;
 * - a recipient whose route belongs to another site is given back to that site's lane untried; in a site's lane recipients of
 *   different domains share connections;
 * - a message is composed and signed once per claim, however many of its recipients are in it; one that is another for every
 *   recipient (tracking, unsubscribe links) is read and prepared once, and composed and signed for each;
 * - what a hold keeps is given back untried, also when the hold came after the claim; only what is under way goes on;
 * - as many are under way as the gate lets through; while it is closed nobody is tried, and what is due is put off to its opening at
 *   once, apart from those whose time is up (see put-off.ts for how often all of a large lane is looked at);
 * - a lane takes over what is accepted in this process (see handover.ts); while it does so and has claimed everything, it looks now
 *   and then for what others have left for it. A lane that rates limit does not: what they let through is for the claim to share;
 * - after the last empty claim the alarm is set from what is left (see LaneQueue for why no wake-up is lost in between);
 * - an outcome that cannot be recorded (the database is away) leaves the recipient claimed: when the lease has run out it is
 *   tried again and the attempt in between shows as `unknown`.
 */
export interface LaneOptions {
  readonly db: Database;
  readonly lanes: LaneQueue;
  readonly clock: Clock;
  readonly log: Logger;
  readonly leaseId: string;
  readonly leaseMs: number;
  readonly sign: Signer;
  readonly router: Router;
  readonly shaping: Shaping;
  /** For how long a domain stays with a site at least; a minute when absent. */
  readonly settledMs?: number;
  readonly deliverer: Deliverer;
  /** What was accepted in this process lately; absent: everything is read. */
  readonly recentContents?: RecentContents | null;
  /** From what accepts mail in this process; absent: everything is claimed. */
  readonly handover?: Handover | null;
  readonly record: Recorder;
  readonly returnPaths: ReturnPaths;
  readonly recipientLinks: RecipientLinks;
  readonly linkBaseOf: LinkBases;
  readonly maxAgeMs: number;
  readonly retryScheduleMs: readonly number[];
  readonly random: () => number;
  /** When aborted, nothing new begins; what is under way ends and the rest is given back. */
  readonly signal: AbortSignal;
}

const CLAIM_LIMIT = 100;
/** What may be handed over and wait: a second of a fast site, so that accepting may run ahead of delivery for a while. */
const BERTH_LIMIT = 1_000;
/** Of that, so many are prepared together: what is more urgent stands behind no more than these. */
const HANDED_AT_ONCE = 50;
/** So many are composed and signed before there is room for them: as many as a fast site takes while one is signed. */
const SEALED_AHEAD = 20;
/** How long a lane that takes mail over goes without a claim; doubled each time that one finds nothing. */
const LOOK_AGAIN_MS = { first: 100, longest: 1_600 } as const;
/** A lane that its rates delay for no longer than this waits in its place. */
const SHORT_WAIT_MS = 1_000;
/** After this a lane makes room for the others and queues up again. */
const SLICE_MS = 10_000;

/** Returns the function that drains the lane of a site. */
export function createLane(options: LaneOptions): (site: string) => Promise<void> {
  const { db, lanes, clock, log, leaseId, leaseMs, signal } = options;
  const place = createPlacer(options);
  const holds = createHoldWatch(options);
  const { shaping } = options;
  const dock = (site: string, gate: Gate): Berth => {
    const handover = isDomainLane(readLaneKey(site).site) ? null : options.handover;
    const isFree = (): boolean => {
      const nowMs = clock.now();
      return gate.closure(nowMs) === null && gate.ready(nowMs) === Number.POSITIVE_INFINITY;
    };
    return handover?.dock(site, { lease: { leaseId, leaseMs }, limit: BERTH_LIMIT, isFree }) ?? NO_BERTH;
  };

  return async (site) => {
    const ownSite = readLaneKey(site).site;
    const gate = shaping.gate(site);
    let notBeforeMs = 0;
    const leaving: Leaving[] = [];
    const leave = async (): Promise<void> => {
      const batch = leaving.splice(0);
      if (batch.length === 0) return;
      await leaveLane(options, site, batch);
      for (const { recipient } of batch) held.delete(keyOf(recipient));
    };
    const held = new Map<string, ClaimedRecipient>();
    const berth = dock(site, gate);
    const keepBack = async (kept: readonly HeldRecipient[]): Promise<void> => {
      if (kept.length === 0) return;
      await setAside(db, leaseId, kept);
      for (const { recipient } of kept) held.delete(keyOf(recipient));
    };
    const underWay = new Set<Promise<void>>();
    const sliceEndMs = clock.now() + SLICE_MS;
    const renewal = setInterval(() => {
      const leased = [...held.values(), ...berth.waiting()];
      if (leased.length === 0) return;
      renewLease(db, leaseId, leaseMs, leased).catch((err: unknown) =>
        log.warn({ event: "lane.renewal-failed", site, err }),
      );
    }, leaseMs / 3);
    let rest: NodeJS.Timeout | null = null;
    let restMs: number = LOOK_AGAIN_MS.first;
    let tookOver = false;
    /**
     * What comes by hand, and by claims, in turns; none for a look at how things are; null when nothing is left or to come.
     *
     * @param isPutOff whether what is due has been put off before, and is to wait
     */
    const next = async (
      closure: Closure | null,
      isPutOff: boolean,
    ): Promise<readonly ClaimedRecipient[] | null> => {
      const isOver = clock.now() >= sliceEndMs;
      const mustClaim = !isOver && (rest === null || berth.isNudged() || closure !== null);
      const handed = mustClaim && tookOver ? [] : berth.take(HANDED_AT_ONCE);
      tookOver = handed.length > 0;
      if (handed.length > 0) {
        restMs = LOOK_AGAIN_MS.first;
        if (closure === null) return handed;
        await releaseClaims(db, leaseId, handed);
        return [];
      }
      if (!mustClaim) {
        if (underWay.size === 0 && berth.close()) return null;
        await berth.stirred();
        return [];
      }
      if (rest !== null) clearTimeout(rest);
      rest = null;
      berth.heed();
      if (isPutOff) return null;
      const limit = Math.max(1, Math.min(CLAIM_LIMIT, gate.ready(clock.now())));
      const claimed = await claimDueRecipients(db, { site, limit, leaseId, leaseMs });
      const [first] = claimed;
      if (closure !== null && first === undefined) return null;
      if (closure !== null) return claimed;
      if (first !== undefined) berth.open(first.priority);
      else if (!berth.open(null)) return null;
      else {
        rest = setTimeout(() => {
          rest = null;
          berth.stir();
        }, restMs);
        restMs = Math.min(2 * restMs, LOOK_AGAIN_MS.longest);
      }
      return claimed;
    };
    let drained = false;
    try {
      // What has been handed over is sent in the same slice if that can be; giving it back would cost what handing it over had saved.
      while (!signal.aborted && clock.now() < sliceEndMs + SLICE_MS) {
        if (clock.now() >= sliceEndMs && berth.close()) break;
        const closure = gate.closure(clock.now());
        notBeforeMs = closure?.untilMs ?? 0;
        let isPutOff = false;
        if (closure !== null) {
          isPutOff = !(await shaping.putOff(site, closure));
          if (closure.untilMs <= clock.now()) continue;
        }
        const claimed = await next(closure, isPutOff);
        if (claimed === null) {
          drained = true;
          break;
        }
        if (claimed.length === 0) continue;
        for (const recipient of claimed) held.set(keyOf(recipient), recipient);
        const nowMs = clock.now();
        const paused = claimed.filter((recipient) => standingOrder(recipient, nowMs)?.kind === "put-off");
        if (paused.length > 0) await putOffPaused(db, leaseId, paused);
        for (const recipient of paused) held.delete(keyOf(recipient));
        await keepBack(await heldAmong(holds, site, claimed, nowMs));
        const active = claimed.filter((recipient) => held.has(keyOf(recipient)));
        const sealed = await sealClaimed(options, active);
        const placementOf = placeOnce(place, ownSite);
        const kept: HeldRecipient[] = [];
        const waiting: ClaimedRecipient[] = [];
        // Asked all at once: a lane of many domains must not wait for one look-up after the other.
        for (const recipient of active) placementOf(recipient).catch(() => undefined);
        const isOwn = closure === null && !isDomainLane(ownSite);
        let ahead = 0;
        for (const [index, recipient] of active.entries()) {
          if (signal.aborted) break;
          if (isOwn) for (const soon of active.slice(ahead, index + SEALED_AHEAD)) sealed.sealAhead(soon);
          ahead = Math.max(ahead, index + SEALED_AHEAD);
          const pass = await findPass(options, gate, recipient, placementOf, closure);
          const late = await heldAmong(holds, site, [recipient], nowMs);
          if (late.length > 0 || signal.aborted) {
            if (pass.kind === "go") pass.cancel();
            kept.push(...late);
            continue;
          }
          if (pass.kind === "wait") {
            waiting.push(recipient);
            notBeforeMs = notBeforeMs === 0 ? pass.untilMs : Math.min(notBeforeMs, pass.untilMs);
            continue;
          }
          if (pass.kind === "elsewhere") {
            leaving.push({ recipient, site: pass.site });
            continue;
          }
          const work = deliverClaimed(options, recipient, pass, sealed)
            .catch((err: unknown) =>
              log.error({ event: "lane.attempt-failed", site, message: recipient.messageId, err }),
            )
            .finally(() => {
              held.delete(keyOf(recipient));
              underWay.delete(work);
              if (underWay.size === 0) berth.stir();
            });
          underWay.add(work);
        }
        if (waiting.length > 0) await releaseClaims(db, leaseId, waiting);
        for (const recipient of waiting) held.delete(keyOf(recipient));
        await keepBack(kept);
        // All of a domain's lane leaves at once, before more of it is claimed.
        if (isDomainLane(ownSite)) await Promise.all(underWay);
        await leave();
        if (waiting.length === 0 || closure !== null) continue;
        const waitMs = notBeforeMs - clock.now();
        if (waitMs <= SHORT_WAIT_MS) await clock.sleep(Math.max(0, waitMs), signal).catch(() => undefined);
        else if (waiting.length === active.length) break;
      }
    } finally {
      if (rest !== null) clearTimeout(rest);
      berth.close();
      await Promise.all(underWay);
      const { handed, nudged } = await berth.leave();
      for (const recipient of handed) held.set(keyOf(recipient), recipient);
      await leave().catch((err: unknown) => log.warn({ event: "lane.leave-failed", site, err }));
      clearInterval(renewal);
      // What is not given back waits until its lease has run out, and shows an attempt that was none.
      const left = [...held.values()];
      if (left.length > 0) await waitForDatabase(clock, () => releaseClaims(db, leaseId, left), signal);
      // Before it is known whether all went well: nobody else was told of what has come meanwhile.
      if (nudged) await lanes.wake([site]);
    }
    if (!drained) {
      if (notBeforeMs > clock.now()) await lanes.wakeAt(site, notBeforeMs);
      else await lanes.wake([site]);
      return;
    }
    const due = await nextDueAt(db, site);
    if (due !== null) await lanes.wakeAt(site, Math.max(due.getTime(), notBeforeMs));
  };
}

const keyOf = (recipient: ClaimedRecipient): string => `${recipient.messageId}.${recipient.ordinal}`;

/** @param closure what keeps the lane closed: who is still claimed then is decided on without an attempt */
async function findPass(
  options: LaneOptions,
  gate: Gate,
  recipient: ClaimedRecipient,
  placementOf: (recipient: ClaimedRecipient) => Promise<Placement>,
  closure: Closure | null,
): Promise<Pass> {
  const { clock } = options;
  if (standingOrder(recipient, clock.now()) !== null) return { kind: "untried", outcome: null };
  const placement = await placementOf(recipient);
  if (placement.kind === "elsewhere") return placement;
  if (closure !== null) return { kind: "untried", outcome: leftAlone(closure) };
  for (;;) {
    const admission = await gate.admit(recipient, placement.route, clock.now());
    if (admission.kind !== "full") return admission;
    await admission.freed;
  }
}
