import { join } from "node:path";
import { acquireInstanceLock, type Clock, type Logger, systemClock } from "@waxwing/runtime";
import { findBinaries } from "./binaries.ts";
import { ensureCluster, writeSettings } from "./cluster.ts";
import { connectionString } from "./connection-string.ts";
import { ensureDatabase } from "./database.ts";
import { openDirectories } from "./directories.ts";
import { EmbeddedPostgresError, wayOut } from "./embedded-error.ts";
import { chooseLaunch } from "./launch.ts";
import { findOrphan, stopPostmaster } from "./postmaster.ts";
import { runServer, type ServerEnd } from "./server.ts";
import { disposableSettings, mailSettings } from "./settings.ts";

/** The running embedded server. Dispose it, or call `stop`, before the process ends. */
export type EmbeddedPostgres = AsyncDisposable & {
  /** For `pg` and libpq: `postgresql://waxwing:<password>@<socket directory or 127.0.0.1>:<port>/waxwing`. */
  readonly connectionString: string;
  /** Ends all sessions, writes a checkpoint and waits for the end of the server. */
  readonly stop: () => Promise<void>;
  /** Resolves when the server has ended: `stopped` by us, or `failed` by itself. Without it nothing can be accepted. */
  readonly ended: Promise<ServerEnd>;
};

/** What {@link startEmbeddedPostgres} needs to know. */
export type EmbeddedPostgresOptions = {
  /** Where everything of the server lives, absolute; created when missing. */
  readonly dataDir: string;
  /**
   * Waxwing's own directory above `dataDir`. When we are root and it is closed (0700), its group becomes the server's
   * and may search it (0710), so that the server needs no capability to reach its data.
   */
  readonly homeDir?: string;
  readonly log: Logger;
  readonly clock?: Clock;
  /** `none` is for throw-away databases: a crash of the machine destroys them. */
  readonly durability?: "full" | "none";
  /** How long a clean stop may take before the server is stopped without a checkpoint, ms. */
  readonly stopFastMs?: number;
};

/**
 * Starts PostgreSQL 18 on a data directory, which is initialised first when it is new. A server that was left behind by
 * a killed process is stopped first; after a crash PostgreSQL recovers by itself, which can take a while.
 *
 * @throws EmbeddedPostgresError in words for the operator
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log, clock = systemClock, durability = "full", stopFastMs = 5_000 } = options;
  const binaries = await findBinaries();
  const directories = await openDirectories(options.dataDir, options.homeDir ?? null);
  // Two of us on one directory would stop each other's server as an orphan, for ever.
  const lock = await acquireInstanceLock(directories.root, { clock });
  if (lock.kind === "held") {
    const since = new Date(lock.since).toISOString();
    throw new EmbeddedPostgresError(
      "held",
      `The database in ${directories.root} is in use by process ${lock.pid} since ${since}. ${wayOut}`,
    );
  }
  try {
    const { user, clusterDir, password } = directories;
    const launch = await chooseLaunch(user, [binaries.initdb, binaries.postgres, clusterDir]);
    const orphan = await findOrphan(clusterDir);
    if (orphan !== null) {
      log.warn({ event: "postgres.orphan_found", pid: orphan });
      const how = await stopOrphan(orphan, clusterDir, clock, stopFastMs);
      log.info({ event: "postgres.orphan_stopped", pid: orphan, how });
    }
    await ensureCluster({
      clusterDir,
      passwordFile: join(directories.root, directories.passwordFile),
      binaries,
      launch,
      log,
      durability,
    });
    const settings = durability === "full" ? mailSettings : { ...mailSettings, ...disposableSettings };
    await writeSettings(clusterDir, settings, user);
    const server = await runServer({
      binaries,
      launch,
      clusterDir,
      socketDir: directories.socketDir,
      log,
      clock,
      stopFastMs,
    });
    const place = { socketDir: directories.socketDir, port: server.port, password };
    const stop = async () => {
      await server.stop();
      await lock.release();
    };
    try {
      await ensureDatabase(place);
    } catch (error) {
      await stop();
      throw error;
    }
    return {
      connectionString: connectionString(place),
      stop,
      ended: server.ended,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * Stops the server that a killed process has left running on `dataDir`, without starting it again. Does nothing when
 * there is none.
 *
 * @param options as for {@link startEmbeddedPostgres}
 */
export async function stopOrphanedPostgres(options: {
  readonly dataDir: string;
  readonly clock?: Clock;
  readonly stopFastMs?: number;
}): Promise<void> {
  const clusterDir = join(options.dataDir, "cluster");
  const pid = await findOrphan(clusterDir);
  if (pid !== null)
    await stopOrphan(pid, clusterDir, options.clock ?? systemClock, options.stopFastMs ?? 5_000);
}

async function stopOrphan(pid: number, clusterDir: string, clock: Clock, fastMs: number) {
  // Its parent has gone, and who collects its exit status we cannot know: look whether it still works there.
  return await stopPostmaster(pid, {
    clock,
    fastMs,
    exited: async () => (await findOrphan(clusterDir)) !== pid,
  });
}
