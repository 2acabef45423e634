/**
 * A deadline that is moved for each command. Setting a timer costs a microsecond and a command is answered in a fraction of one, so one
 * timer stays, and looks when it fires whether the deadline has moved on meanwhile.
 *
 * @param onLate runs once the deadline has passed, never after {@link Deadline.clear}.
 */
export interface Deadline {
  set(ms: number): void;
  clear(): void;
  /** Ends the timer for good. */
  [Symbol.dispose](): void;
}

export function createDeadline(onLate: () => void): Deadline {
  let atMs = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | null = null;
  let firesAtMs = Number.POSITIVE_INFINITY;

  const start = (ms: number, nowMs: number): void => {
    if (timer !== null) clearTimeout(timer);
    firesAtMs = nowMs + ms;
    timer = setTimeout(look, ms);
    // An idle connection must not keep a process alive for the timer's sake: its socket does, while somebody wants it.
    timer.unref();
  };
  const look = (): void => {
    timer = null;
    firesAtMs = Number.POSITIVE_INFINITY;
    if (atMs === Number.POSITIVE_INFINITY) return;
    const nowMs = performance.now();
    // Timers of node may fire a fraction of a millisecond early.
    if (atMs - nowMs > 1) start(atMs - nowMs, nowMs);
    else {
      atMs = Number.POSITIVE_INFINITY;
      onLate();
    }
  };

  return {
    set: (ms) => {
      const nowMs = performance.now();
      atMs = nowMs + ms;
      if (firesAtMs > atMs) start(ms, nowMs);
    },
    clear: () => {
      atMs = Number.POSITIVE_INFINITY;
    },
    [Symbol.dispose]: () => {
      atMs = Number.POSITIVE_INFINITY;
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}
