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
import {
  acquireInstanceLock,
  type Clock,
  type Config,
  createMetrics,
  createSecretBox,
  type DataDir,
  type Logger,
  type MetricsRegistry,
  openDataDir,
  openTlsMaterial,
  type SecretBox,
  type Shutdown,
  systemClock,
  type TlsMaterial,
} from "@waxwing/runtime";
import {
  type Database,
  expireLeases,
  migrateDatabase,
  openDatabase,
  startEmbeddedPostgres,
} from "@waxwing/store";
import { bootstrap } from "./bootstrap.ts";
import { openSimulator } from "./open-simulator.ts";
import { forgetSimulator, noteSimulator, withSimulator } from "./simulator-place.ts";

/** Everything the roles share in one process. */
export interface Platform {
  readonly config: Config;
  readonly dataDir: DataDir;
  readonly db: Database;
  readonly queueBackend: QueueBackend;
  readonly deliverLanes: LaneQueue;
  readonly webhookLanes: LaneQueue;
  readonly inboundPostLanes: LaneQueue;
  readonly secretBox: SecretBox;
  readonly returnPaths: ReturnPaths;
  readonly senderRewriting: SenderRewriting;
  readonly recipientLinks: RecipientLinks;
  readonly notify: EventNotifier;
  /** Null where nothing is both accepted and delivered. */
  readonly recentContents: RecentContents | null;
  readonly handover: Handover | null;
  readonly accept: Accept;
  readonly acceptTogether: AcceptTogether;
  readonly tls: TlsMaterial;
  /** Null where this process runs none. */
  readonly simulator: Simulator | null;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsRegistry;
  readonly firstStart: boolean;
}

/** Another process works on the same data directory. */
class DataDirInUseError extends Error {
  override readonly name = "DataDirInUseError";
}

const POOL_SIZE = 16;
/** Some thousand messages: as many as may be under way. */
const RECENT_CONTENTS_BYTES = 16 * 2 ** 20;

/**
 * Opens what the roles need, in order, and hands the closing of each part to `shutdown`: data directory and its lock, database
 * (embedded unless DATABASE_URL names one), migrations, queues, bootstrap rows, certificate.
 *
 * @param mode `all`: every role in this process, which owns the data directory. `role`: one of several processes on the same
 *   DATABASE_URL; it makes no credentials of its own.
 * @throws DataDirInUseError, WrongSecretKeyError and what the parts throw, each with a message for the operator
 */
export async function openPlatform(
  config: Config,
  mode: "all" | "role",
  log: Logger,
  shutdown: Shutdown,
): Promise<Platform> {
  const clock = systemClock;
  const metrics = createMetrics({ processMetrics: true });
  const dataDir = await openDataDir(config);
  if (mode === "all") await lockDataDir(dataDir.path, shutdown);
  const databaseUrl = config.databaseUrl ?? (await startDatabase(dataDir, log, shutdown));
  await migrateDatabase(databaseUrl, clock.now());
  const db = openDatabase({
    url: databaseUrl,
    poolSize: POOL_SIZE,
    onError: (err) => log.warn({ event: "database.connection-lost", err }),
  });
  shutdown.defer("database pool", () => db[Symbol.asyncDispose]());
  // The lock says that no other process works on this data directory, so leases left there belong to one that was killed.
  if (mode === "all" && config.databaseUrl === null) await expireLeases(db);
  const secretBox = createSecretBox(dataDir.secretKey);
  const { firstStart } = await bootstrap({
    db,
    config,
    secretBox,
    credentials: credentialsOf(config, dataDir, mode),
  });

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

  const tls = await openTlsMaterial({
    source:
      config.tls === null
        ? { kind: "self-signed", dir: dataDir.tlsDir, hostname: config.hostname }
        : { kind: "files", ...config.tls },
    clock,
    log,
  });
  shutdown.defer("certificate", () => tls[Symbol.asyncDispose]());
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
    config: routed,
    simulator,
    dataDir,
    db,
    queueBackend,
    deliverLanes,
    webhookLanes,
    inboundPostLanes,
    secretBox,
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
    tls,
    clock,
    log,
    metrics,
    firstStart,
  };
}

async function lockDataDir(path: string, shutdown: Shutdown): Promise<void> {
  const lock = await acquireInstanceLock(path);
  if (lock.kind === "held") {
    throw new DataDirInUseError(
      `Waxwing is already running on ${path} (process ${lock.pid}, since ${new Date(lock.since).toISOString()}). ` +
        "Stop it first, or give this one another WAXWING_DATA_DIR.",
    );
  }
  shutdown.defer("data directory lock", () => lock.release());
}

async function startDatabase(dataDir: DataDir, log: Logger, shutdown: Shutdown): Promise<string> {
  const postgres = await startEmbeddedPostgres({ dataDir: dataDir.postgresDir, homeDir: dataDir.path, log });
  shutdown.defer("embedded PostgreSQL", () => postgres.stop());
  void postgres.ended.then((end) => {
    if (end.kind === "failed") shutdown.begin("the embedded PostgreSQL has ended", 1);
  });
  return postgres.connectionString;
}

/** A role takes credentials only from its environment: one that made its own would change those of the others. */
function credentialsOf(config: Config, dataDir: DataDir, mode: "all" | "role"): DataDir | null {
  if (mode === "all") return dataDir;
  return config.apiKey !== null && config.mailboxPassword !== null ? dataDir : null;
}
