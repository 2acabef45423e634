import { setTimeout as delay } from "node:timers/promises";

/** Time as a parameter, so that tests need not wait for it. */
export type Clock = {
  /** Unix time in ms. */
  readonly now: () => number;
  /**
   * Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it is aborted.
   */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
};

// setTimeout fires at once when asked for more than 2^31-1 ms.
const longestTimeoutMs = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    signal?.throwIfAborted();
    try {
      for (let left = ms; left > 0 || left === ms; left -= longestTimeoutMs) {
        await delay(Math.max(0, Math.min(left, longestTimeoutMs)), undefined, signal ? { signal } : {});
      }
    } catch (error) {
      // node wraps the reason in an AbortError of its own; callers compare with signal.reason.
      signal?.throwIfAborted();
      throw error;
    }
  },
};
