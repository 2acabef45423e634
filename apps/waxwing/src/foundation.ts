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

/**
 * What every role stands on. It loads nothing of sending and receiving mail: a process of the role `mailbox`, which needs no more than
 * this, is 50 MB smaller for it.
 */
export interface Foundation {
  /** `all`: every role is in this process, which owns the data directory. */
  readonly mode: "all" | "role";
  readonly config: Config;
  readonly dataDir: DataDir;
  readonly databaseUrl: string;
  readonly db: Database;
  readonly secretBox: SecretBox;
  readonly tls: TlsMaterial;
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

/**
 * Opens it, in order, and hands the closing of each part to `shutdown`: data directory and its lock, database (embedded unless
 * DATABASE_URL names one), migrations, bootstrap rows, certificate.
 *
 * @param mode `all`: every role in this process, which owns the data directory. `role`: one of several processes on the same
 *   DATABASE_URL; it makes no credentials of its own.
 * @throws DataDirInUseError, WrongSecretKeyError and what the parts throw, each with a message for the operator
 */
export async function openFoundation(
  config: Config,
  mode: "all" | "role",
  log: Logger,
  shutdown: Shutdown,
): Promise<Foundation> {
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
  const tls = await openTlsMaterial({
    source:
      config.tls === null
        ? { kind: "self-signed", dir: dataDir.tlsDir, hostname: config.hostname }
        : { kind: "files", ...config.tls },
    clock,
    log,
  });
  shutdown.defer("certificate", () => tls[Symbol.asyncDispose]());
  return { mode, config, dataDir, databaseUrl, db, secretBox, tls, clock, log, metrics, firstStart };
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
