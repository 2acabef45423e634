/** How many messages may be under way at once, learned from what became of others. */
export interface ConcurrencyWindow {
  /** At least 1, at most the limit. */
  readonly size: () => number;
  /** The server took one, or answered in a way that has nothing to do with how hard it is pressed. */
  readonly onSuccess: () => void;
  /** It refused, hung up, or said that we are too many; `startedAtMs` is when that try began. */
  readonly onTrouble: (startedAtMs: number, nowMs: number) => void;
  /** After a pause: one, and then from the start. */
  readonly restart: () => void;
}

/** As Postfix begins (postconf(5), initial_destination_concurrency). */
const START = 5;

/**
 * A window like TCP's (RFC 5681): up to the size where trouble began it grows by one for each success, beyond it by one for each full
 * window of them, and trouble halves it. One trouble counts once: tries that had begun before the window was halved were part of it.
 *
 * @param limit asked each time, for the operator may change it
 */
export function createConcurrencyWindow(limit: () => number): ConcurrencyWindow {
  let size = START;
  let threshold = Number.POSITIVE_INFINITY;
  let successes = 0;
  let halvedAtMs = Number.NEGATIVE_INFINITY;
  const bounded = (): number => Math.max(1, Math.min(size, limit()));
  return {
    size: bounded,
    onSuccess: () => {
      size = bounded();
      if (size >= limit()) return;
      successes++;
      if (size < threshold || successes >= size) {
        size++;
        successes = 0;
      }
    },
    onTrouble: (startedAtMs, nowMs) => {
      if (startedAtMs < halvedAtMs) return;
      halvedAtMs = nowMs;
      size = Math.max(1, Math.floor(bounded() / 2));
      threshold = size;
      successes = 0;
    },
    restart: () => {
      threshold = Math.max(1, Math.floor(Math.min(threshold, bounded()) / 2));
      size = 1;
      successes = 0;
    },
  };
}
