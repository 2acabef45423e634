import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { readFileIfThere } from "@waxwing/runtime";
import { connectionString, socketPathFits } from "./connection-string.ts";
import { PASSWORD_FILE } from "./directories.ts";
import { findOrphan, readPostmasterFile } from "./postmaster.ts";

/**
 * Where the embedded server of a data directory can be reached that another process runs; null: none runs there, or it is not ours to
 * read. For tools beside a running platform.
 *
 * @param dataDir as `startEmbeddedPostgres` was given it
 */
export async function findRunningPostgres(dataDir: string): Promise<string | null> {
  const root = await realpath(dataDir).catch(() => null);
  if (root === null) return null;
  const clusterDir = join(root, "cluster");
  const file = await readPostmasterFile(clusterDir).catch(() => null);
  const password = await readFileIfThere(join(root, PASSWORD_FILE)).catch(() => null);
  if (file === null || file.port === null || !file.ready || password === null) return null;
  if ((await findOrphan(clusterDir)) === null) return null;
  const socketDir = join(root, "socket");
  return connectionString({
    socketDir: socketPathFits(socketDir) ? socketDir : null,
    port: file.port,
    password: password.trim(),
  });
}
