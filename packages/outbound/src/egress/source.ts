/** A way out, as deliveries use it. */
export interface EgressSource {
  readonly name: string;
  /** The address that connections come from; null: the system's choice. */
  readonly localAddress: string | null;
  /** Our name in EHLO; null: the host's. */
  readonly heloName: string | null;
  /** The server that takes everything from here; null: each site's own. */
  readonly relay: EgressRelay | null;
  /** Over all sites and processes; null: any number. */
  readonly messagesPerSecond: number | null;
  readonly warmUp: WarmUp | null;
}

interface EgressRelay {
  readonly host: string;
  readonly port: number;
  readonly implicitTls: boolean;
  readonly login: { readonly user: string; readonly password: string } | null;
}

/** Messages on each UTC day from the first one on. */
export interface WarmUp {
  /** Midnight of the first day. */
  readonly startMs: number;
  readonly caps: readonly number[];
}

/** Sources that share mail by weight. */
export interface EgressPool {
  readonly name: string;
  readonly members: readonly { readonly source: EgressSource; readonly weight: number }[];
  /** The pool that takes what this one may not take today; null: it waits. */
  readonly overflow: string | null;
}

const DAY_MS = 86_400_000;

/** The UTC midnight before a time. */
export const dayOf = (ms: number): number => Math.floor(ms / DAY_MS) * DAY_MS;

/** The UTC midnight after a time. */
export const nextDayOf = (ms: number): number => dayOf(ms) + DAY_MS;

/** Messages that a source may send on the day of `nowMs`; null: any number. None before its first day. */
export function warmUpCap(warmUp: WarmUp | null, nowMs: number): number | null {
  if (warmUp === null) return null;
  const day = (dayOf(nowMs) - warmUp.startMs) / DAY_MS;
  if (day < 0) return 0;
  return warmUp.caps[day] ?? null;
}
