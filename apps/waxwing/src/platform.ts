import { hkdfSync } from "node:crypto";
import { createEventNotifier, type EventNotifier } from "@waxwing/events";
import type { Simulator } from "@waxwing/inbound";
import {
  type Accept,
  type AcceptTogether,
  createAcceptor,
  createHandover,
  createKnownSites,
  createRecentContents,
  createRecipientLinks,
  createReturnPaths,
  createRouteTable,
  createSenderRewriting,
  type Handover,
  type RecentContents,
  type RecipientLinks,
  type ReturnPaths,
  type SenderRewriting,
} from "@waxwing/outbound";
import { type LaneQueue, openLaneQueue, type QueueBackend } from "@waxwing/queue";
import type { Shutdown } from "@waxwing/runtime";
import type { Foundation } from "./foundation.ts";
import { openSimulator } from "./open-simulator.ts";
import { forgetSimulator, noteSimulator, withSimulator } from "./simulator-place.ts";

/** What the roles that send and receive mail share in one process. */
export interface Platform extends Foundation {
  readonly queueBackend: QueueBackend;
  readonly deliverLanes: LaneQueue;
  readonly webhookLanes: LaneQueue;
  readonly inboundPostLanes: LaneQueue;
  readonly returnPaths: ReturnPaths;
  readonly senderRewriting: SenderRewriting;
  readonly recipientLinks: RecipientLinks;
  readonly notify: EventNotifier;
  /** Null where nothing is both accepted and delivered. */
  readonly recentContents: RecentContents | null;
  readonly handover: Handover | null;
  readonly accept: Accept;
  readonly acceptTogether: AcceptTogether;
  /** Null where this process runs none. */
  readonly simulator: Simulator | null;
}

/** Some thousand messages: as many as may be under way. */
const RECENT_CONTENTS_BYTES = 16 * 2 ** 20;

/** Opens the queues, the simulator and what accepts mail, and hands the closing of each part to `shutdown`. */
export async function openPlatform(foundation: Foundation, shutdown: Shutdown): Promise<Platform> {
  const { mode, config, dataDir, databaseUrl, db, tls, clock, log } = foundation;
  const queueBackend: QueueBackend =
    config.redisUrl === null
      ? { kind: "postgres", url: databaseUrl }
      : { kind: "redis", url: config.redisUrl };
  const onError = (err: Error): void => log.warn({ event: "queue.error", err });
  const deliverLanes = await openLaneQueue({ backend: queueBackend, name: "deliver", onError });
  shutdown.defer("delivery queue", () => deliverLanes[Symbol.asyncDispose]());
  const webhookLanes = await openLaneQueue({ backend: queueBackend, name: "webhooks", onError });
  shutdown.defer("webhook queue", () => webhookLanes[Symbol.asyncDispose]());
  const inboundPostLanes = await openLaneQueue({ backend: queueBackend, name: "inbound-posts", onError });
  shutdown.defer("queue of inbound posts", () => inboundPostLanes[Symbol.asyncDispose]());

  const derivedKey = (purpose: string): Buffer =>
    Buffer.from(hkdfSync("sha256", dataDir.secretKey, "", purpose, 32));
  const notify = createEventNotifier({ db, webhookLanes, clock, log });

  const recentContents = mode === "all" ? createRecentContents(RECENT_CONTENTS_BYTES) : null;
  const handover = mode === "all" ? createHandover() : null;
  const returnPaths = createReturnPaths(derivedKey("return-path"));
  // Before anything reads the routes: the simulator's port is known only now.
  const simulator = mode === "all" ? await openSimulator({ config, tls, returnPaths, clock, log }) : null;
  if (mode === "all" && simulator === null) await forgetSimulator(dataDir.path);
  if (simulator !== null) {
    shutdown.defer("simulator", () => simulator[Symbol.asyncDispose]());
    const note = await noteSimulator(dataDir.path, simulator);
    shutdown.defer("note of the simulator", () => note[Symbol.asyncDispose]());
  }
  const routed = simulator === null ? config : withSimulator(config, simulator);
  return {
    ...foundation,
    config: routed,
    simulator,
    queueBackend,
    deliverLanes,
    webhookLanes,
    inboundPostLanes,
    returnPaths,
    senderRewriting: createSenderRewriting(derivedKey("sender-rewriting")),
    recipientLinks: createRecipientLinks(derivedKey("recipient-links")),
    notify,
    recentContents,
    handover,
    ...createAcceptor({
      db,
      recent: recentContents,
      handover,
      lanes: deliverLanes,
      notify,
      clock,
      log,
      sites: createKnownSites({
        db,
        table: createRouteTable({ db, environment: routed.routes, clock, log }),
        clock,
        log,
      }),
    }),
  };
}
