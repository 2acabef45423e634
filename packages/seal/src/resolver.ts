import { sealLimits } from "./limits.ts";

/**
 * Looks up DNS records as `dns.promises.resolve` does: TXT answers `string[][]`, MX `{ priority, exchange }[]`, A and
 * AAAA `string[]`; rejects with an Error whose `code` is ENOTFOUND, ENODATA, ESERVFAIL, ETIMEOUT...
 */
export type Resolver = (name: string, rrtype: string) => Promise<unknown>;

const dnsError = (code: string, message: string): Error => Object.assign(new Error(message), { code });

/**
 * Bounds what one message may ask of the DNS: in time, all queries together, and in number. Past the bound every
 * query fails with ETIMEOUT, which the checks report as temperror. Dispose it when the message is done.
 */
export const boundResolver = (
  resolver: Resolver,
  bound: { timeoutMs: number; signal?: AbortSignal | undefined },
): { resolve: Resolver } & Disposable => {
  let queries = 0;
  const stop = new AbortController();
  const expire = (): void => stop.abort(dnsError("ETIMEOUT", "out of time for DNS"));
  const timer = setTimeout(expire, bound.timeoutMs);
  bound.signal?.addEventListener("abort", expire, { once: true });
  if (bound.signal?.aborted === true) expire();

  const resolve: Resolver = async (name, rrtype) => {
    queries++;
    if (queries > sealLimits.dnsQueries) throw dnsError("ETIMEOUT", "too many DNS queries for one message");
    stop.signal.throwIfAborted();
    const { promise: stopped, reject } = Promise.withResolvers<never>();
    const onStop = (): void => reject(stop.signal.reason);
    stop.signal.addEventListener("abort", onStop, { once: true });
    try {
      return await Promise.race([resolver(name, rrtype), stopped]);
    } finally {
      stop.signal.removeEventListener("abort", onStop);
    }
  };
  return {
    resolve,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      bound.signal?.removeEventListener("abort", expire);
    },
  };
};
