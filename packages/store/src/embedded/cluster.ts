import { chown, lstat, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Logger, readFileIfThere } from "@waxwing/runtime";
import type { Binaries } from "./binaries.ts";
import { account } from "./connection-string.ts";
import { EmbeddedPostgresError, wayOut } from "./embedded-error.ts";
import type { Launch } from "./launch.ts";
import { startProgram } from "./server-process.ts";
import type { ServerUser } from "./server-user.ts";
import { renderSettings, type Settings } from "./settings.ts";

/**
 * Creates the database cluster unless it is there. It is made beside its place and then renamed, so that a crash
 * half-way leaves nothing that looks like a cluster.
 *
 * @param passwordFile readable by the server's user
 * @throws EmbeddedPostgresError `other-version`, `init-failed`
 */
export async function ensureCluster(options: {
  readonly clusterDir: string;
  readonly passwordFile: string;
  readonly binaries: Binaries;
  readonly launch: Launch;
  readonly log: Logger;
  /** `none` skips forcing the new files to the disk. */
  readonly durability: "full" | "none";
}): Promise<void> {
  const { clusterDir, passwordFile, binaries, launch, log } = options;
  const found = (await readFileIfThere(join(clusterDir, "PG_VERSION")))?.trim();
  const version = await serverVersion(binaries, launch);
  if (found !== undefined) {
    if (found === version.major) return;
    throw new EmbeddedPostgresError(
      "other-version",
      `The database in ${clusterDir} was made by PostgreSQL ${found}, and this Waxwing brings ${version.major}. Dump it with the Waxwing that made it (pg_dumpall) and load it into an empty data directory. ${wayOut}`,
    );
  }
  if ((await lstat(clusterDir).catch(() => null)) !== null) {
    throw new EmbeddedPostgresError(
      "init-failed",
      `${clusterDir} is in the way: it is not a database of PostgreSQL's. ${wayOut}`,
    );
  }

  const fresh = `${clusterDir}.initializing`;
  await rm(fresh, { recursive: true, force: true });
  log.info({ event: "postgres.initializing", directory: clusterDir, version: version.full });
  const initdb = startProgram(launch, binaries.initdb, [
    `--pgdata=${fresh}`,
    `--username=${account}`,
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    // The builtin provider sorts the same way everywhere, forever; a libc update cannot corrupt our indexes.
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--data-checksums",
    ...(options.durability === "none" ? ["--no-sync"] : []),
  ]);
  const { code, signal, lastLines } = await initdb.exited;
  if (code !== 0) {
    await rm(fresh, { recursive: true, force: true });
    throw new EmbeddedPostgresError(
      "init-failed",
      `initdb ended with ${code ?? signal}: ${lastLines.join("; ")}. ${wayOut}`,
    );
  }
  await writeFile(join(fresh, "postgresql.conf"), "\ninclude_if_exists = 'waxwing.conf'\n", { flag: "a" });
  await rename(fresh, clusterDir);
}

/** Writes our settings into the cluster. */
export async function writeSettings(
  clusterDir: string,
  settings: Settings,
  user: ServerUser | null,
): Promise<void> {
  const path = join(clusterDir, "waxwing.conf");
  await writeFile(path, renderSettings(settings), { mode: 0o600 });
  if (user !== null) await chown(path, user.uid, user.gid);
}

async function serverVersion(
  binaries: Binaries,
  launch: Launch,
): Promise<{ readonly major: string; readonly full: string }> {
  const { code, lastLines } = await startProgram(launch, binaries.postgres, ["--version"]).exited;
  const match = /\(PostgreSQL\) ((\d+)\S*)/.exec(lastLines.join("\n"));
  const [, full, major] = match ?? [];
  if (code !== 0 || full === undefined || major === undefined) {
    throw new EmbeddedPostgresError(
      "start-failed",
      `The embedded PostgreSQL cannot be executed: ${lastLines.join("; ")}. ${wayOut}`,
    );
  }
  return { full, major };
}
