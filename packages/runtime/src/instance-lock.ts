import { createHash, randomUUID } from "node:crypto";
import { rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, systemClock } from "./clock.ts";
import { createPrivateFile, readFileIfThere, replacePrivateFile } from "./private-file.ts";
import { livenessOf, ownIdentity, type ProcessIdentity } from "./process-identity.ts";

/*
 * One process at a time owns a data directory. The lock is the file `waxwing.lock`; who is named in it and runs,
 * holds it. Node has no flock(2), so these rules make the take-over of a dead holder's lock free of races:
 *
 * - The file appears by link(2), which fails when the name is taken, and is removed only by its holder.
 * - Each holder has a token that never returns. To succeed the dead holder T, a contender creates (link(2) again)
 *   `waxwing.lock.after-T`. Only one can. If that one dies too, it is succeeded in the same way: a chain.
 * - Having created the end of the chain, the contender reads the lock again. If it still names the dead holder it
 *   started from, nobody else can have won, and it renames its own lock over it; only then does it remove the chain.
 *   If not, a slow contender has recreated a link of a chain that is over: it removes it and begins again.
 *
 * A holder in another container or on another machine cannot be asked whether it lives. So holders touch the file
 * every two seconds, and a foreign one that has not done so for ten is dead.
 */

/** The held lock. Dispose it to let go. */
export type InstanceLock = AsyncDisposable & {
  readonly kind: "acquired";
  readonly release: () => Promise<void>;
};

/** `held`: another live process owns the directory; `since` is when it took the lock, Unix time in ms. */
export type InstanceLockAnswer =
  | InstanceLock
  | { readonly kind: "held"; readonly pid: number; readonly since: number };

type Holder = ProcessIdentity & { readonly token: string; readonly startedAt: number };

const heartbeatMs = 2_000;
const foreignSilenceMs = 10_000;
const foreignPollMs = 250;

/**
 * Takes the exclusive lock of a directory, over from a holder that has died if need be.
 *
 * @param directory must exist and be writable
 * @param options.onLost called once when the lock turns out to be someone else's, which can happen after this process
 *   was frozen for long while a container beside it started: stop writing at once
 */
export async function acquireInstanceLock(
  directory: string,
  options: { readonly clock?: Clock; readonly onLost?: () => void } = {},
): Promise<InstanceLockAnswer> {
  const clock = options.clock ?? systemClock;
  const path = join(directory, "waxwing.lock");
  const self: Holder = { ...(await ownIdentity()), token: randomUUID(), startedAt: clock.now() };
  const text = `${JSON.stringify(self)}\n`;

  for (;;) {
    if ((await createPrivateFile(path, text)) === "created") return hold(path, self, options.onLost);
    const chain = await readChain(path);
    const last = chain.at(-1);
    // Released, or taken over, while we looked.
    if (last === undefined) continue;
    if ((await isAlive(last, clock)) === "alive")
      return { kind: "held", pid: last.holder.pid, since: last.holder.startedAt };

    const claim = successorPath(path, last.holder.token);
    if ((await createPrivateFile(claim, text)) === "taken") continue;
    const root = await readHolder(path);
    if (root?.token !== chain[0]?.holder.token) {
      await rm(claim, { force: true });
      continue;
    }
    await replacePrivateFile(path, text);
    for (const link of chain) await rm(successorPath(path, link.holder.token), { force: true });
    return hold(path, self, options.onLost);
  }
}

type Link = { readonly file: string; readonly holder: Holder };

function successorPath(path: string, token: string): string {
  return `${path}.after-${token}`;
}

/** The named holder and those that claimed to succeed it, oldest first; empty when the lock is free. */
async function readChain(path: string): Promise<readonly Link[]> {
  const chain: Link[] = [];
  for (let file = path; ; ) {
    const holder = await readHolder(file);
    if (holder === null) return chain;
    chain.push({ file, holder });
    file = successorPath(path, holder.token);
  }
}

async function readHolder(file: string): Promise<Holder | null> {
  const text = await readFileIfThere(file);
  if (text === null) return null;
  return parseHolder(text) ?? damagedHolder(file);
}

/**
 * Lock files are complete from the moment they have their name, so a damaged one was left by a disk that lost its
 * contents: nobody holds it. Its token depends on its place, or a damaged chain would lead back to itself.
 */
function damagedHolder(file: string): Holder {
  const token = `damaged-${createHash("sha256").update(file).digest("hex").slice(0, 16)}`;
  return { pid: 0, processStartTime: null, bootId: null, pidNamespace: null, token, startedAt: 0 };
}

function parseHolder(text: string): Holder | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    const {
      pid,
      token,
      startedAt,
      processStartTime = null,
      bootId = null,
      pidNamespace = null,
    } = value as Partial<Holder>;
    // The token becomes part of a file name.
    if (typeof token !== "string" || !/^[\w-]{1,64}$/.test(token)) return null;
    if (!Number.isSafeInteger(pid) || pid === undefined || pid < 1 || typeof startedAt !== "number")
      return null;
    return { pid, token, startedAt, processStartTime, bootId, pidNamespace };
  } catch {
    return null;
  }
}

async function isAlive({ file, holder }: Link, clock: Clock): Promise<"alive" | "dead"> {
  if (holder.pid === 0) return "dead";
  const liveness = await livenessOf(holder);
  if (liveness !== "elsewhere") return liveness;
  const first = await touchedAt(file);
  while (first !== null && clock.now() - first < foreignSilenceMs) {
    await clock.sleep(foreignPollMs);
    if ((await touchedAt(file)) !== first) return "alive";
  }
  return "dead";
}

async function touchedAt(file: string): Promise<number | null> {
  return (await stat(file, { bigint: false }).catch(() => null))?.mtimeMs ?? null;
}

function hold(path: string, self: Holder, onLost?: () => void): InstanceLock {
  let beating: Promise<void> = Promise.resolve();

  async function beat(): Promise<void> {
    if ((await readHolder(path))?.token !== self.token) {
      clearInterval(timer);
      onLost?.();
      return;
    }
    const now = new Date();
    await utimes(path, now, now);
  }

  const timer = setInterval(() => {
    // A beat that fails (a full or vanished disk) is retried by the next one.
    beating = beat().catch(() => undefined);
  }, heartbeatMs);
  timer.unref();

  async function release(): Promise<void> {
    clearInterval(timer);
    await beating;
    if ((await readHolder(path))?.token === self.token) await rm(path, { force: true });
  }
  return { kind: "acquired", release, [Symbol.asyncDispose]: release };
}
