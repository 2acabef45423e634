import type { Clock } from "@waxwing/runtime";
import type { DnsAnswer, RouteResolver } from "./dns-answer.ts";

/** Names and hosts kept at most; the one used longest ago goes first. */
const MAX_ENTRIES = 20_000;
/** A time to live of 0 would ask once per message. */
const MIN_TTL_MS = 30_000;
const MAX_TTL_MS = 3_600_000;
/** RFC 2308 §5 would let a server say how long; a domain that was just set up should not wait for it. */
const NONE_TTL_MS = 30_000;
/** Long enough to ask once for a claim of a hundred, and over before the first retry. */
const FAILED_TTL_MS = 5_000;

/** Keeps the answers of a resolver as long as they may be kept; questions that are being asked are not asked twice. */
export function cacheAnswers(
  resolver: RouteResolver,
  options: { readonly clock: Clock; readonly maxEntries?: number },
): RouteResolver {
  const { clock, maxEntries = MAX_ENTRIES } = options;
  return {
    resolveMx: cached(resolver.resolveMx, clock, maxEntries),
    resolveAddresses: cached(resolver.resolveAddresses, clock, maxEntries),
  };
}

function cached<T>(
  ask: (name: string) => Promise<DnsAnswer<T>>,
  clock: Clock,
  maxEntries: number,
): (name: string) => Promise<DnsAnswer<T>> {
  const entries = new Map<string, { readonly answer: Promise<DnsAnswer<T>>; untilMs: number }>();
  return (name) => {
    const known = entries.get(name);
    if (known !== undefined) {
      entries.delete(name);
      if (known.untilMs > clock.now()) {
        // Put back behind the others: used last.
        entries.set(name, known);
        return known.answer;
      }
    }
    for (const oldest of entries.keys()) {
      if (entries.size < maxEntries) break;
      entries.delete(oldest);
    }
    const entry = { answer: ask(name), untilMs: Number.POSITIVE_INFINITY };
    entries.set(name, entry);
    entry.answer.then(
      (answer) => {
        entry.untilMs = clock.now() + keepMs(answer);
      },
      () => {
        if (entries.get(name) === entry) entries.delete(name);
      },
    );
    return entry.answer;
  };
}

function keepMs(answer: DnsAnswer<unknown>): number {
  switch (answer.kind) {
    case "found":
      return Math.min(Math.max(answer.ttlMs, MIN_TTL_MS), MAX_TTL_MS);
    case "none":
      return NONE_TTL_MS;
    case "failed":
      return FAILED_TTL_MS;
  }
}
