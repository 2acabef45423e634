import type { Clock } from "@waxwing/runtime";
import { type Database, takeFromBucket, takeFromDay } from "@waxwing/store";
import { dayOf, type EgressSource, nextDayOf, warmUpCap } from "./source.ts";

/** Whether a source may send one more message, over all sites and processes. `day`: its warm-up has no room left today. */
type Allowance =
  | { readonly kind: "granted" }
  | { readonly kind: "refused"; readonly by: "rate" | "day"; readonly untilMs: number };

/** Counts messages against the rates and the warm-up of sources. */
export interface Allowances {
  /** @throws when the database is away */
  readonly take: (source: EgressSource) => Promise<Allowance>;
  /** What was taken and not used after all. */
  readonly giveBack: (source: EgressSource) => void;
}

/** A tenth of a second's messages at a time, and a fiftieth of a day's: few queries, and little lost when a process ends. */
const PORTIONS_PER_SECOND = 10;
const PORTIONS_PER_DAY = 50;
const LARGEST_DAY_PORTION = 100;
/** Of a bucket's tokens those that nobody needed are void after this time. */
const HELD_MS = 1_000;
const GRANTED: Allowance = { kind: "granted" };

interface Store {
  tokens: number;
  voidAtMs: number;
  emptyUntilMs: number;
  taking: Promise<void> | null;
}

/** Takes portions out of what all processes share. */
export function createAllowances(options: { readonly db: Database; readonly clock: Clock }): Allowances {
  const { db, clock } = options;
  const stores = new Map<string, Store>();

  const storeOf = (key: string): Store => {
    const known = stores.get(key);
    if (known !== undefined) return known;
    const fresh: Store = { tokens: 0, voidAtMs: 0, emptyUntilMs: 0, taking: null };
    stores.set(key, fresh);
    return fresh;
  };

  /** Takes a token; null when it has one, else when there may be one again. */
  const takeOne = async (store: Store, fill: () => Promise<void>): Promise<number | null> => {
    for (;;) {
      if (store.tokens > 0 && store.voidAtMs > clock.now()) {
        store.tokens--;
        return null;
      }
      if (store.emptyUntilMs > clock.now()) return store.emptyUntilMs;
      store.taking ??= fill().finally(() => {
        store.taking = null;
      });
      await store.taking;
    }
  };

  const rateKey = ({ name }: EgressSource): string => `egress:${name}:rate`;
  const dayKey = ({ name }: EgressSource): string => `egress:${name}:messages`;

  const fillRate = async (store: Store, source: EgressSource, rate: number): Promise<void> => {
    const { taken, waitMs } = await takeFromBucket(
      db,
      rateKey(source),
      rate,
      Math.max(1, Math.floor(rate / PORTIONS_PER_SECOND)),
    );
    store.tokens = taken;
    store.voidAtMs = clock.now() + HELD_MS;
    if (taken === 0) store.emptyUntilMs = clock.now() + Math.max(1, waitMs);
  };

  const fillDay = async (store: Store, source: EgressSource, cap: number): Promise<void> => {
    const nowMs = clock.now();
    const portion = Math.max(1, Math.min(LARGEST_DAY_PORTION, Math.floor(cap / PORTIONS_PER_DAY)));
    store.tokens = await takeFromDay(db, dayKey(source), dayOf(nowMs), cap, portion);
    store.voidAtMs = nextDayOf(nowMs);
    // A cap may be raised meanwhile: look again now and then.
    if (store.tokens === 0) store.emptyUntilMs = Math.min(nextDayOf(nowMs), nowMs + 5_000);
  };

  return {
    take: async (source) => {
      const nowMs = clock.now();
      const cap = warmUpCap(source.warmUp, nowMs);
      if (cap === 0) return { kind: "refused", by: "day", untilMs: nextDayOf(nowMs) };
      if (cap !== null) {
        const store = storeOf(dayKey(source));
        const full = await takeOne(store, () => fillDay(store, source, cap));
        if (full !== null) return { kind: "refused", by: "day", untilMs: nextDayOf(nowMs) };
      }
      const { messagesPerSecond: rate } = source;
      if (rate !== null) {
        const store = storeOf(rateKey(source));
        const untilMs = await takeOne(store, () => fillRate(store, source, rate));
        if (untilMs !== null) {
          // It does not go, so it does not count for the day.
          if (cap !== null) storeOf(dayKey(source)).tokens++;
          return { kind: "refused", by: "rate", untilMs };
        }
      }
      return GRANTED;
    },
    giveBack: (source) => {
      if (warmUpCap(source.warmUp, clock.now()) !== null) storeOf(dayKey(source)).tokens++;
      if (source.messagesPerSecond !== null) storeOf(rateKey(source)).tokens++;
    },
  };
}
