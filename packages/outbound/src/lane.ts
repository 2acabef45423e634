import type { LaneQueue } from "@waxwing/queue";
import type { Clock, Logger } from "@waxwing/runtime";
import type { RecipientLinks, ReturnPaths } from "@waxwing/seal";
import {
  type ClaimedRecipient,
  claimDueRecipients,
  type Database,
  decodeContent,
  loadContents,
  nextDueAt,
  putOffPaused,
  releaseClaims,
  renewLease,
} from "@waxwing/store";
import { type Compose, prepareCompose } from "./compose.ts";
import { decide } from "./decide.ts";
import type { Deliverer } from "./deliver.ts";
import { readLaneKey } from "./egress/lane-key.ts";
import { createHoldWatch } from "./holds/hold-watch.ts";
import { type HeldRecipient, heldAmong, setAside } from "./holds/set-aside.ts";
import { judge } from "./judge.ts";
import type { DeliveryOutcome } from "./outcome.ts";
import type { Recorder } from "./record.ts";
import { type Leaving, leaveLane } from "./routing/leave-lane.ts";
import { createPlacer, type Placement } from "./routing/place-recipient.ts";
import type { Route } from "./routing/route.ts";
import type { Router } from "./routing/router.ts";
import { isDomainLane, siteOf } from "./routing/site-name.ts";
import type { SealedMessage, Signer } from "./sign.ts";
import { standingOrder } from "./standing-orders.ts";
import type { LinkBases } from "./tracking/link-base.ts";
import { isPersonal, recipientUrls } from "./tracking/recipient-urls.ts";

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
  /** For how long a domain stays with a site at least; a minute when absent. */
  readonly settledMs?: number;
  readonly deliverer: Deliverer;
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
/** Messages of one lane under way at once, and so its connections at most. */
const CONCURRENCY = 20;
/** After this a lane makes room for the others and queues up again. */
const SLICE_MS = 10_000;

/** Returns the function that drains the lane of a site. */
export function createLane(options: LaneOptions): (site: string) => Promise<void> {
  const { db, lanes, clock, log, leaseId, leaseMs, signal } = options;
  const place = createPlacer(options);
  const holds = createHoldWatch(options);

  return async (site) => {
    const ownSite = readLaneKey(site).site;
    const leaving: Leaving[] = [];
    const leave = async (): Promise<void> => {
      const batch = leaving.splice(0);
      if (batch.length === 0) return;
      await leaveLane(options, site, batch);
      for (const { recipient } of batch) held.delete(keyOf(recipient));
    };
    const held = new Map<string, ClaimedRecipient>();
    const keepBack = async (kept: readonly HeldRecipient[]): Promise<void> => {
      if (kept.length === 0) return;
      await setAside(db, leaseId, kept);
      for (const { recipient } of kept) held.delete(keyOf(recipient));
    };
    const underWay = new Set<Promise<void>>();
    const sliceEndMs = clock.now() + SLICE_MS;
    const renewal = setInterval(() => {
      if (held.size === 0) return;
      renewLease(db, leaseId, leaseMs, [...held.values()]).catch((err: unknown) =>
        log.warn({ event: "lane.renewal-failed", site, err }),
      );
    }, leaseMs / 3);
    let drained = false;
    try {
      while (!signal.aborted && clock.now() < sliceEndMs) {
        const claimed = await claimDueRecipients(db, { site, limit: CLAIM_LIMIT, leaseId, leaseMs });
        if (claimed.length === 0) {
          drained = true;
          break;
        }
        for (const recipient of claimed) held.set(keyOf(recipient), recipient);
        const nowMs = clock.now();
        const paused = claimed.filter((recipient) => standingOrder(recipient, nowMs)?.kind === "put-off");
        if (paused.length > 0) await putOffPaused(db, leaseId, paused);
        for (const recipient of paused) held.delete(keyOf(recipient));
        await keepBack(await heldAmong(holds, site, claimed, nowMs));
        const active = claimed.filter((recipient) => held.has(keyOf(recipient)));
        const sealed = await sealer(options, active);
        const placementOf = placeOnce(place, ownSite);
        const kept: HeldRecipient[] = [];
        for (const recipient of active) {
          while (underWay.size >= CONCURRENCY) await Promise.race(underWay);
          if (signal.aborted) break;
          const late = await heldAmong(holds, site, [recipient], nowMs);
          kept.push(...late);
          if (late.length > 0) continue;
          const work = deliverOne(options, recipient, placementOf, sealed)
            .then((elsewhere) => {
              if (elsewhere === null) held.delete(keyOf(recipient));
              else leaving.push({ recipient, site: elsewhere });
            })
            .catch((err: unknown) => {
              held.delete(keyOf(recipient));
              log.error({ event: "lane.attempt-failed", site, message: recipient.messageId, err });
            })
            .finally(() => underWay.delete(work));
          underWay.add(work);
        }
        await keepBack(kept);
        // All of a domain's lane leaves at once, before more of it is claimed.
        if (isDomainLane(ownSite)) await Promise.all(underWay);
        await leave();
      }
    } finally {
      await Promise.all(underWay);
      await leave().catch((err: unknown) => log.warn({ event: "lane.leave-failed", site, err }));
      clearInterval(renewal);
      if (held.size > 0) await releaseClaims(db, leaseId, [...held.values()]);
    }
    if (!drained) {
      await lanes.wake([site]);
      return;
    }
    const due = await nextDueAt(db, site);
    if (due !== null) await lanes.wakeAt(site, due.getTime());
  };
}

const keyOf = (recipient: ClaimedRecipient): string => `${recipient.messageId}.${recipient.ordinal}`;

/** Composes and signs each message of a claim when its first recipient needs it, and personal ones for every recipient. */
async function sealer(
  options: LaneOptions,
  claimed: readonly ClaimedRecipient[],
): Promise<(recipient: ClaimedRecipient) => Promise<SealedMessage>> {
  const nowMs = options.clock.now();
  const wanted = claimed.filter((recipient) => standingOrder(recipient, nowMs) === null);
  const contents = wanted.length === 0 ? new Map<string, Buffer>() : await loadContents(options.db, wanted);
  const prepare = async (recipient: ClaimedRecipient): Promise<Compose> => {
    const zstd = contents.get(recipient.contentHash.toString("hex"));
    if (zstd === undefined) throw new Error(`the content of message ${recipient.messageId} is gone`);
    return prepareCompose(recipient, await decodeContent(zstd));
  };
  const seal = async (recipient: ClaimedRecipient, compose: Compose): Promise<SealedMessage> => {
    const base = isPersonal(recipient.options) ? await options.linkBaseOf(recipient.domainId) : "";
    const write = recipientUrls(recipient, options.recipientLinks, base);
    return await options.sign(recipient.domainId, compose(write));
  };
  const prepared = new Map<string, Promise<Compose>>();
  const sealed = new Map<string, Promise<SealedMessage>>();
  return async (recipient) => {
    const { messageId } = recipient;
    if (isPersonal(recipient.options)) {
      const compose = prepared.get(messageId) ?? prepare(recipient);
      prepared.set(messageId, compose);
      return await seal(recipient, await compose);
    }
    const message = sealed.get(messageId) ?? prepare(recipient).then((compose) => seal(recipient, compose));
    sealed.set(messageId, message);
    return await message;
  };
}

/** Where each recipient of a claim goes; asked once for a project and domain, because most of a claim are of few. */
function placeOnce(
  place: ReturnType<typeof createPlacer>,
  site: string,
): (recipient: ClaimedRecipient) => Promise<Placement> {
  const placements = new Map<string, Promise<Placement>>();
  return ({ projectId, address }) => {
    const domain = siteOf(address);
    const key = `${projectId} ${domain}`;
    const known = placements.get(key);
    if (known !== undefined) return known;
    const placement = place({ projectId, domain }, site).catch((error: unknown): Placement => {
      const reason = `no route could be looked up: ${error instanceof Error ? error.message : String(error)}`;
      return {
        kind: "here",
        route: { kind: "unroutable", retry: "later", rule: "local.route-failed", reason },
      };
    });
    placements.set(key, placement);
    return placement;
  };
}

/** Returns the site whose lane is to deliver it instead; null when this one has. */
async function deliverOne(
  options: LaneOptions,
  recipient: ClaimedRecipient,
  placementOf: (recipient: ClaimedRecipient) => Promise<Placement>,
  sealed: (recipient: ClaimedRecipient) => Promise<SealedMessage>,
): Promise<string | null> {
  const { clock, record, log } = options;
  const startedAtMs = clock.now();
  const order = standingOrder(recipient, startedAtMs);
  if (order?.kind === "end") {
    await record({ recipient, state: order.state, reason: order.reason });
    return null;
  }
  const placement = await placementOf(recipient);
  if (placement.kind === "elsewhere") return placement.site;
  const outcome = await attempt(options, recipient, placement.route, sealed);
  const judgement = judge(outcome);
  const decision = decide({ ...options, ...recipient, outcome, judgement, nowMs: clock.now() });
  const recorded = await record({ recipient, startedAtMs, outcome, judgement, decision });
  if (recorded === "lost")
    log.warn({ event: "lane.lease-lost", message: recipient.messageId, ordinal: recipient.ordinal });
  return null;
}

/** One try, which always comes to an outcome: what goes wrong on our side defers like a failure of the other side. */
async function attempt(
  options: LaneOptions,
  recipient: ClaimedRecipient,
  route: Route,
  sealed: (recipient: ClaimedRecipient) => Promise<SealedMessage>,
): Promise<DeliveryOutcome> {
  let message: SealedMessage;
  try {
    message = await sealed(recipient);
  } catch (err) {
    options.log.error({ event: "lane.compose-failed", message: recipient.messageId, err });
    return {
      kind: "deferred",
      retry: "later",
      replyCode: null,
      enhancedCode: null,
      reply: `the message could not be composed or signed: ${err instanceof Error ? err.message : String(err)}`,
      host: null,
      remoteAddress: null,
      tls: null,
      rule: "local.compose-failed",
      remoteSpoke: false,
      conversation: null,
    };
  }
  return await options.deliverer.deliver(
    {
      // RFC 3461 §6.1: what reports on mail must never be reported on.
      reversePath:
        recipient.options.report === true
          ? ""
          : options.returnPaths.addressFor(recipient, message.returnPathHost),
      recipient: recipient.address,
      raw: message.raw,
      is8bit: message.is8bit,
      requireTls: recipient.options.requireTls === true,
      ignoreTlsPolicies: recipient.options.tlsReport === true,
      projectId: recipient.projectId,
    },
    route,
  );
}
