import type { Clock, Logger } from "@waxwing/runtime";
import {
  type Database,
  type EventFeedPage,
  endOfEventLog,
  listenToEvents,
  logGrowth,
  readEventFeed,
} from "@waxwing/store";

/**
 * Waits for logs to grow, for any number of readers of this process at once.
 *
 * Invariants:
 * - readers that wait cost nothing: one connection listens for all of them, and a project is looked at once however many wait for it;
 * - what was announced before it can be read (an older transaction is still running) is looked at again until it can;
 * - a lost notification costs LOOK_MS: every watched project is looked at so often, with one statement.
 */
export interface EventWatch extends AsyncDisposable {
  /** Reads the log; readers who want the same at the same time share one statement. */
  readonly read: (query: Parameters<typeof readEventFeed>[1]) => Promise<EventFeedPage>;
  /** Begins to watch a project: what can be read later than now is told. null: too many wait already. */
  readonly subscribe: (projectId: string) => Promise<EventSubscription | null>;
}

/** One reader that waits. */
interface EventSubscription extends Disposable {
  /** Resolves when the log has grown since the last call, or when `signal` is aborted. Never rejects. */
  readonly grown: (signal: AbortSignal) => Promise<void>;
}

const LOOK_MS = 5_000;
const HIDDEN_MS = 50;
const MAX_READERS = 10_000;
const MAX_READERS_A_PROJECT = 2_000;

interface Watched {
  readableXact: bigint;
  readonly wake: Set<() => void>;
}

export function createEventWatch(options: {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
}): EventWatch {
  const { db, clock, log } = options;
  const stopping = new AbortController();
  const { signal: stopped } = stopping;
  const watched = new Map<string, Watched>();
  const reads = new Map<string, Promise<EventFeedPage>>();
  let readers = 0;
  let due = new Set<string>();
  let looking: Promise<void> | null = null;
  let running: Promise<void> | null = null;

  const look = async (): Promise<void> => {
    while (due.size > 0 && !stopped.aborted) {
      const logs = [...due].flatMap((projectId) => {
        const project = watched.get(projectId);
        return project === undefined ? [] : { projectId, afterXact: project.readableXact };
      });
      due = new Set();
      if (logs.length === 0) return;
      const hidden: string[] = [];
      for (const growth of await logGrowth(db, logs)) {
        const project = watched.get(growth.projectId);
        if (growth.hasHidden) hidden.push(growth.projectId);
        if (project === undefined || !growth.hasGrown) continue;
        project.readableXact = growth.readableXact;
        // A read that began before this look may not see what it saw.
        reads.clear();
        for (const wake of project.wake) wake();
      }
      if (hidden.length > 0) lookLater(hidden);
    }
  };
  const lookAt = (projectIds: Iterable<string>): void => {
    for (const projectId of projectIds) if (watched.has(projectId)) due.add(projectId);
    if (looking !== null || due.size === 0) return;
    looking = look()
      .catch((err: unknown) => {
        if (!stopped.aborted) log.warn({ event: "event-watch.look-failed", err });
      })
      .finally(() => {
        looking = null;
        if (due.size > 0 && !stopped.aborted) lookAt([]);
      });
  };
  const lookLater = (projectIds: readonly string[]): void => {
    clock.sleep(HIDDEN_MS, stopped).then(
      () => lookAt(projectIds),
      () => undefined,
    );
  };

  const listen = async (): Promise<void> => {
    while (!stopped.aborted) {
      try {
        const listener = await listenToEvents(db, lookAt);
        const lost = listener.ended.then(() => "lost" as const);
        for (;;) {
          lookAt(watched.keys());
          const pause = clock.sleep(LOOK_MS, stopped).then(
            () => "look" as const,
            () => "stop" as const,
          );
          if ((await Promise.race([lost, pause])) !== "look") break;
        }
        await listener.end().catch(() => undefined);
      } catch (err) {
        if (!stopped.aborted) log.warn({ event: "event-watch.listen-failed", err });
        await clock.sleep(LOOK_MS, stopped).catch(() => undefined);
        lookAt(watched.keys());
      }
    }
  };

  return {
    read: (query) => {
      const { after, ...rest } = query;
      const key = JSON.stringify([rest, after.xact.toString(), after.id]);
      const known = reads.get(key);
      if (known !== undefined) return known;
      const read = readEventFeed(db, query).finally(() => {
        if (reads.get(key) === read) reads.delete(key);
      });
      reads.set(key, read);
      return read;
    },
    subscribe: async (projectId) => {
      if (readers >= MAX_READERS || (watched.get(projectId)?.wake.size ?? 0) >= MAX_READERS_A_PROJECT)
        return null;
      const { xact } = await endOfEventLog(db);
      running ??= listen();
      // What could be read before now nobody will be told of: a read that began earlier must not be shared with who waits from here.
      reads.clear();
      const project = watched.get(projectId) ?? { readableXact: xact, wake: new Set() };
      watched.set(projectId, project);
      readers++;
      let hasGrown = false;
      let resolve: (() => void) | null = null;
      const wake = (): void => {
        hasGrown = true;
        resolve?.();
      };
      project.wake.add(wake);
      return {
        grown: async (signal) => {
          if (!hasGrown && !signal.aborted && !stopped.aborted) {
            await new Promise<void>((done) => {
              resolve = done;
              signal.addEventListener("abort", () => done(), { once: true });
            });
          }
          resolve = null;
          hasGrown = false;
        },
        [Symbol.dispose]: () => {
          if (!project.wake.delete(wake)) return;
          readers--;
          if (project.wake.size === 0 && watched.get(projectId) === project) watched.delete(projectId);
        },
      };
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      for (const { wake: all } of watched.values()) for (const wake of all) wake();
      await Promise.all([running, looking]);
    },
  };
}
