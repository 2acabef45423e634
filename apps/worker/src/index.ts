import {
  createStatsRollup,
  createWebhookLane,
  createWebhookPoster,
  type EventNotifier,
} from "@waxwing/events";
import { createInboundPostLane } from "@waxwing/inbound";
import {
  type Accept,
  cacheAnswers,
  createDeliverer,
  createDnsResolver,
  createLane,
  createLinkBases,
  createOwnServers,
  createRecorder,
  createRecordResolver,
  createRouter,
  createRouteTable,
  createShaping,
  createSigner,
  createTlsPolicies,
  type Handover,
  linkHostOf,
  type RecentContents,
  type RecipientLinks,
  type ReturnPaths,
  runDomainChecks,
  runHoldUpkeep,
  runSentMirror,
} from "@waxwing/outbound";
import { type LaneQueue, openLaneWorker, type QueueBackend, runLaneSweeper } from "@waxwing/queue";
import {
  type Clock,
  type Config,
  type Logger,
  type MetricsRegistry,
  newId,
  type SecretBox,
} from "@waxwing/runtime";
import {
  type Database,
  findReceivingDomain,
  inboundRoutesBehind,
  runMaintenance,
  sitesWithDueRecipients,
  webhooksBehind,
} from "@waxwing/store";

/** What the worker role needs. */
export interface WorkerOptions {
  readonly config: Config;
  readonly db: Database;
  readonly queueBackend: QueueBackend;
  readonly deliverLanes: LaneQueue;
  readonly webhookLanes: LaneQueue;
  readonly inboundPostLanes: LaneQueue;
  readonly secretBox: SecretBox;
  readonly returnPaths: ReturnPaths;
  readonly recipientLinks: RecipientLinks;
  readonly notify: EventNotifier;
  readonly recentContents: RecentContents | null;
  readonly handover: Handover | null;
  /** Takes in what the platform itself sends. */
  readonly accept: Accept;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsRegistry;
}

/** Lanes drained at once in one process; each waits for the network most of the time. */
const DELIVER_LANES = 50;
/** Many: a lane waits for its endpoint, and a hundred slow ones must not keep the others waiting. */
const WEBHOOK_LANES = 200;
const INBOUND_POST_LANES = 10;
const SWEEP_MS = 5_000;
/** How long deliveries under way may take to end on their own when the worker stops; the rest of the 10 s is for recording. */
const STOP_GRACE_MS = 4_000;

/** Starts delivering mail and webhooks. Disposing it lets what is under way end, and gives back what has not begun. */
export async function startWorker(options: WorkerOptions): Promise<AsyncDisposable> {
  const { config, db, queueBackend, deliverLanes, webhookLanes, inboundPostLanes, secretBox, clock, log } =
    options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const leaseId = newId();
  const onError = (err: Error): void => log.warn({ event: "queue.error", err });
  const tls = createTlsPolicies(options);
  const deliverer = createDeliverer({
    helo: config.hostname,
    timeouts: config.smtpTimeouts,
    planTls: tls.plan,
  });
  const poster = createWebhookPoster({ privateAddresses: config.webhookPrivateAddresses });
  const inboundIsOpen = config.listen.inbound !== "off";
  const router = createRouter({
    routes: config.routes,
    table: createRouteTable({ db, environment: config.routes, clock, log }),
    resolver: cacheAnswers(createDnsResolver(config.dnsServers), { clock }),
    random: Math.random,
    secretBox,
    own: createOwnServers({ hostname: inboundIsOpen ? config.hostname : null, clock }),
    privateAddresses: config.privateAddresses,
    isOwnDomain: async (domain) => (await findReceivingDomain(db, domain)) !== null,
  });
  const stats = createStatsRollup({ db, clock, log, intervalMs: SWEEP_MS });
  const notify: EventNotifier = (projectIds) => {
    options.notify(projectIds);
    stats.touch(projectIds);
  };
  const record = createRecorder({ ...options, ...config, notify, leaseId, lanes: deliverLanes });
  const shaping = createShaping({ ...options, ...config, notify });
  await shaping.refresh();
  const drainSite = createLane({
    ...options,
    ...config,
    lanes: deliverLanes,
    leaseId,
    signal,
    deliverer,
    router,
    shaping,
    random: Math.random,
    sign: createSigner({
      ...{ db, secretBox, clock },
      inThreads: { onError: (err) => log.warn({ event: "signing.thread-ended", err }) },
    }),
    linkBaseOf: createLinkBases({ db, publicUrl: config.publicUrl, clock }),
    record,
  });
  const drainWebhook = createWebhookLane({ db, lanes: webhookLanes, secretBox, poster, clock, log, signal });
  const sweeping = { db, clock, log, intervalMs: SWEEP_MS, signal };
  const rounds = [
    runLaneSweeper({
      ...{ ...sweeping, name: "sweeper", lanes: deliverLanes },
      behind: async () => {
        const nowMs = clock.now();
        // A closed lane has its alarm at the end of the pause. Should that be lost, it is found here after it.
        return (await sitesWithDueRecipients(db)).filter(
          (lane) => shaping.gate(lane).closure(nowMs) === null,
        );
      },
    }),
    runHoldUpkeep({ ...sweeping, lanes: deliverLanes, record, leaseId, leaseMs: config.leaseMs }),
    runLaneSweeper({
      ...{ ...sweeping, name: "webhook-sweeper", lanes: webhookLanes },
      behind: () => webhooksBehind(db),
    }),
    runLaneSweeper({
      ...{ ...sweeping, name: "inbound-post-sweeper", lanes: inboundPostLanes },
      behind: () => inboundRoutesBehind(db),
    }),
    runDomainChecks({
      ...sweeping,
      hostname: config.hostname,
      linkHost: linkHostOf(config.publicUrl),
      resolver: createRecordResolver(config.dnsServers),
    }),
    stats.run(signal),
    shaping.run(signal),
    tls.run(signal),
    runSentMirror(sweeping),
    runMaintenance({ ...sweeping, retentionMs: config.retentionMs }),
  ];
  const workers = await Promise.all([
    openLaneWorker({
      backend: queueBackend,
      name: "deliver",
      concurrency: DELIVER_LANES,
      queue: deliverLanes,
      drain: drainSite,
      onError,
    }),
    openLaneWorker({
      backend: queueBackend,
      name: "webhooks",
      concurrency: WEBHOOK_LANES,
      queue: webhookLanes,
      drain: drainWebhook,
      onError,
    }),
    openLaneWorker({
      backend: queueBackend,
      name: "inbound-posts",
      concurrency: INBOUND_POST_LANES,
      queue: inboundPostLanes,
      drain: createInboundPostLane({ db, lanes: inboundPostLanes, secretBox, poster, clock, log, signal }),
      onError,
    }),
  ]);
  return {
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      deliverer.closeIdle();
      const cut = setTimeout(() => deliverer.terminate(), STOP_GRACE_MS);
      await Promise.all([...workers.map((worker) => worker[Symbol.asyncDispose]()), ...rounds]);
      clearTimeout(cut);
      deliverer.closeIdle();
      await poster[Symbol.asyncDispose]();
    },
  };
}
