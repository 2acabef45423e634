import type { WireClock } from "../src/index.ts";

/** Time that moves when told to. */
export interface FakeWireClock extends WireClock {
  advance(byMs: number): void;
  /** Resolves when a timer of that length is set, those already running included. */
  armed(delayMs: number): Promise<void>;
}

export function createFakeWireClock(): FakeWireClock {
  let now = Date.parse("2026-03-04T05:06:07Z");
  const timers = new Set<{ readonly at: number; readonly delayMs: number; readonly task: () => void }>();
  const waiting: { readonly delayMs: number; readonly resolve: () => void }[] = [];
  return {
    now: () => now,
    after(delayMs, task) {
      const timer = { at: now + delayMs, delayMs, task };
      timers.add(timer);
      for (const one of waiting) if (one.delayMs === delayMs) one.resolve();
      return () => timers.delete(timer);
    },
    advance(byMs) {
      now += byMs;
      for (const timer of [...timers]) {
        if (timer.at > now || !timers.delete(timer)) continue;
        timer.task();
      }
    },
    async armed(delayMs) {
      if ([...timers].some((timer) => timer.delayMs === delayMs)) return;
      await new Promise<void>((resolve) => waiting.push({ delayMs, resolve }));
    },
  };
}
