import type { Clock } from "@waxwing/runtime";

/** A clock that stands still until it is moved. */
export type FakeClock = Clock & {
  /** Moves time forward and wakes sleepers in the order of their times, each at its own time. */
  readonly advance: (ms: number) => Promise<void>;
  /** Sets the time without waking anybody, also backwards. */
  readonly set: (ms: number) => void;
  /** Resolves as soon as at least `count` sleepers wait; the way to know that code under test has got there. */
  readonly whenSleeping: (count?: number) => Promise<void>;
  /** How many sleepers wait. */
  readonly sleepers: () => number;
};

type Sleeper = { readonly wakeAt: number; readonly wake: () => void };

/** @param startMs Unix time in ms; 2026-01-01T00:00:00Z when absent */
export function createFakeClock(startMs: number = Date.UTC(2026, 0, 1)): FakeClock {
  let nowMs = startMs;
  const sleepers = new Set<Sleeper>();
  const watchers = new Set<() => void>();

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = () => {
        sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        wakeAt: nowMs + Math.max(0, ms),
        wake: () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      sleepers.add(sleeper);
      for (const watcher of watchers) watcher();
    });
  }

  /** Lets the woken code run until it waits for something else, so that it can sleep again within one `advance`. */
  async function settle(): Promise<void> {
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }

  async function advance(ms: number): Promise<void> {
    const target = nowMs + ms;
    for (;;) {
      const due = [...sleepers]
        .filter(({ wakeAt }) => wakeAt <= target)
        .sort((a, b) => a.wakeAt - b.wakeAt)[0];
      if (due === undefined) break;
      sleepers.delete(due);
      nowMs = Math.max(nowMs, due.wakeAt);
      due.wake();
      await settle();
    }
    nowMs = target;
    await settle();
  }

  function whenSleeping(count = 1): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (sleepers.size < count) return;
        watchers.delete(check);
        resolve();
      };
      watchers.add(check);
      check();
    });
  }

  return {
    now: () => nowMs,
    sleep,
    advance,
    set: (ms) => {
      nowMs = ms;
    },
    whenSleeping,
    sleepers: () => sleepers.size,
  };
}
