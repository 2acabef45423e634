import { randomBytes } from "node:crypto";
import { chmod, chown, mkdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { readOrCreatePrivateFile } from "@waxwing/runtime";
import { socketPathFits } from "./connection-string.ts";
import { EmbeddedPostgresError, wayOut } from "./embedded-error.ts";
import { chooseServerUser, type ServerUser } from "./server-user.ts";

/** What lies in the server's part of the data directory, all of it owned by the server's user. */
export type Directories = {
  /** Absolute, links resolved. */
  readonly root: string;
  /** PostgreSQL's own data directory; not created here. */
  readonly clusterDir: string;
  /** null when a socket's path would be too long for the system. */
  readonly socketDir: string | null;
  /** The name of the file with the superuser's password, in `root`. */
  readonly passwordFile: string;
  readonly password: string;
  /** null when we are not root and the server runs as ourselves. */
  readonly user: ServerUser | null;
};

/** The name of the file with the password of the superuser. */
export const PASSWORD_FILE = "superuser-password";

/**
 * Creates the directories and the superuser's password, or finds those of an earlier start.
 *
 * @throws EmbeddedPostgresError `unreachable-directory` when they belong to someone else
 */
export async function openDirectories(dataDir: string, homeDir: string | null): Promise<Directories> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const root = await realpath(dataDir);
    const clusterDir = join(root, "cluster");
    const user = await chooseOwner(clusterDir);
    await giveTo(user, root);
    await lendSearch(homeDir, user);
    const { text: password } = await readOrCreatePrivateFile(root, PASSWORD_FILE, () =>
      randomBytes(24).toString("base64url"),
    );
    // initdb reads it as the server's user.
    if (user !== null) await chown(join(root, PASSWORD_FILE), user.uid, user.gid);
    const socketDir = join(root, "socket");
    await mkdir(socketDir, { recursive: true, mode: 0o700 });
    await giveTo(user, socketDir);
    return {
      root,
      clusterDir,
      socketDir: socketPathFits(socketDir) ? socketDir : null,
      passwordFile: PASSWORD_FILE,
      password,
      user,
    };
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && (cause.code === "EACCES" || cause.code === "EPERM")) {
      throw new EmbeddedPostgresError(
        "unreachable-directory",
        `The database directory ${dataDir} belongs to another user (${cause.message}); start Waxwing as the user who made it. ${wayOut}`,
        { cause },
      );
    }
    throw cause;
  }
}

/** A cluster keeps its owner: one made by an ordinary user is served as that user when root starts it later. */
async function chooseOwner(clusterDir: string): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null;
  const existing = await stat(clusterDir).catch(() => null);
  if (existing === null || existing.uid === 0) return await chooseServerUser();
  return { name: `uid ${existing.uid}`, uid: existing.uid, gid: existing.gid };
}

async function giveTo(user: ServerUser | null, directory: string): Promise<void> {
  if (user !== null) await chown(directory, user.uid, user.gid);
  await chmod(directory, 0o700);
}

async function lendSearch(homeDir: string | null, user: ServerUser | null): Promise<void> {
  if (homeDir === null || user === null) return;
  const { mode, uid } = await stat(homeDir);
  if (uid !== 0 || (mode & 0o077) !== 0) return;
  await chown(homeDir, 0, user.gid);
  await chmod(homeDir, 0o710);
}
