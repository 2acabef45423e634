import type { Clock } from "@waxwing/runtime";

/**
 * Remembers what was found out about names, each for as long as the answer says; questions that are being asked are not asked twice.
 * Whoever we mail chooses the names, so the number of entries is bounded: the one used longest ago goes first.
 *
 * @param keepMs how long an answer holds
 */
export function createBoundedCache<T>(options: {
  readonly clock: Clock;
  readonly keepMs: (answer: T) => number;
  readonly maxEntries?: number;
}): (key: string, ask: () => Promise<T>) => Promise<T> {
  const { clock, keepMs, maxEntries = 10_000 } = options;
  const entries = new Map<string, { readonly answer: Promise<T>; untilMs: number }>();
  return (key, ask) => {
    const known = entries.get(key);
    if (known !== undefined) {
      entries.delete(key);
      if (known.untilMs > clock.now()) {
        entries.set(key, known);
        return known.answer;
      }
    }
    for (const oldest of entries.keys()) {
      if (entries.size < maxEntries) break;
      entries.delete(oldest);
    }
    const entry = { answer: ask(), untilMs: Number.POSITIVE_INFINITY };
    entries.set(key, entry);
    entry.answer.then(
      (answer) => {
        entry.untilMs = clock.now() + keepMs(answer);
      },
      () => {
        if (entries.get(key) === entry) entries.delete(key);
      },
    );
    return entry.answer;
  };
}
