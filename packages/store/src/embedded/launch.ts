import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { EmbeddedPostgresError, wayOut } from "./embedded-error.ts";
import type { ServerUser } from "./server-user.ts";

/** How to start PostgreSQL's programs so that they neither run as root nor stumble over closed directories. */
export type Launch =
  /** As we are, or with another uid and gid. */
  | { readonly kind: "plain"; readonly ids: { readonly uid?: number; readonly gid?: number } }
  /** Through setpriv(1), which keeps one capability while it changes the user. */
  | { readonly kind: "setpriv"; readonly program: string; readonly options: readonly string[] };

// capabilities(7), numbers from linux/capability.h. Searching directories is all that is needed, so the smaller one
// is preferred; containers usually have only the larger.
const capabilities = [
  { name: "dac_read_search", bit: 2n },
  { name: "dac_override", bit: 1n },
] as const;

/**
 * Chooses how to start programs as `user` when they and their data lie at `paths`. A clone in root's home or
 * in a directory made by mktemp (0700) cannot be searched by anybody else: its programs could not even be executed.
 *
 * @param user null for an ordinary user, who starts them as themself
 * @throws EmbeddedPostgresError `unreachable-directory`, naming the directory in the way
 */
export async function chooseLaunch(user: ServerUser | null, paths: readonly string[]): Promise<Launch> {
  if (user === null) return { kind: "plain", ids: {} };
  const blocking = await findBlockingDirectory(user, paths);
  if (blocking === null) return { kind: "plain", ids: { uid: user.uid, gid: user.gid } };
  const program = await findSetpriv();
  const capability = await heldCapability();
  if (program === null || capability === null) {
    throw new EmbeddedPostgresError(
      "unreachable-directory",
      `The embedded PostgreSQL runs as the user ${user.name}, who may not search the directory ${blocking}, and ${program === null ? "setpriv (util-linux) is not installed" : "this process lacks the capability to lend it"}. Run chmod o+x ${blocking}, put Waxwing elsewhere, or start it as an ordinary user. ${wayOut}`,
    );
  }
  return {
    kind: "setpriv",
    program,
    options: [
      `--reuid=${user.uid}`,
      `--regid=${user.gid}`,
      "--clear-groups",
      `--inh-caps=-all,+${capability}`,
      `--ambient-caps=-all,+${capability}`,
      // access(2) asks with the real uid and drops capabilities for it, unless told not to.
      "--securebits=+no_setuid_fixup",
      "--no-new-privs",
    ],
  };
}

/** The outermost directory above any of the paths that the user may not search, or null. */
async function findBlockingDirectory(user: ServerUser, paths: readonly string[]): Promise<string | null> {
  const directories = new Set(paths.flatMap(ancestors));
  for (const directory of [...directories].sort((a, b) => a.length - b.length)) {
    const { mode, uid, gid } = await stat(directory);
    const searchBit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & searchBit) === 0) return directory;
  }
  return null;
}

function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...ancestors(parent)];
}

async function findSetpriv(): Promise<string | null> {
  // Fixed places: as root, PATH is not to be trusted with the choice of a program.
  for (const path of ["/usr/bin/setpriv", "/bin/setpriv", "/run/current-system/sw/bin/setpriv"]) {
    if ((await stat(path).catch(() => null))?.isFile()) return path;
  }
  return null;
}

async function heldCapability(): Promise<string | null> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  const mask = (field: string) =>
    BigInt(`0x${new RegExp(`^${field}:\\s*([0-9a-f]+)$`, "m").exec(status)?.[1] ?? "0"}`);
  const held = mask("CapPrm") & mask("CapBnd");
  return capabilities.find(({ bit }) => ((held >> bit) & 1n) === 1n)?.name ?? null;
}
