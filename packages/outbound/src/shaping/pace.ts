/** A token bucket of one process. */
export interface Pace {
  /** Until one may go, in Unix milliseconds; in the past when one may go now. */
  readonly readyAt: (nowMs: number) => number;
  /** How many may go now; infinite without a rate. */
  readonly ready: (nowMs: number) => number;
  readonly take: (nowMs: number) => void;
}

/** What a rate gives in this time may come at once, and at least one message. */
const BURST_MS = 1_000;

/**
 * Spaces messages to a rate (the generic cell rate algorithm, ITU-T I.371 annex A): a time, until which the tokens are given out.
 *
 * @param perSecond asked each time, for the operator may change it; null: any number
 */
export function createPace(perSecond: () => number | null): Pace {
  let givenOutUntilMs = Number.NEGATIVE_INFINITY;
  const readyAt = (nowMs: number): number => {
    const rate = perSecond();
    if (rate === null) return nowMs;
    const intervalMs = 1_000 / rate;
    return givenOutUntilMs + intervalMs - Math.max(BURST_MS, intervalMs);
  };
  return {
    readyAt,
    ready: (nowMs) => {
      const rate = perSecond();
      if (rate === null) return Number.POSITIVE_INFINITY;
      const intervalMs = 1_000 / rate;
      const roomMs = nowMs + Math.max(BURST_MS, intervalMs) - Math.max(givenOutUntilMs, nowMs);
      return Math.max(0, Math.floor(roomMs / intervalMs + 1e-9));
    },
    take: (nowMs) => {
      const rate = perSecond();
      if (rate === null) return;
      givenOutUntilMs = Math.max(givenOutUntilMs, nowMs) + 1_000 / rate;
    },
  };
}
