import { Resolver } from "node:dns/promises";
import { answerOfError, type DnsAnswer, type RouteResolver } from "./dns-answer.ts";
import { createMxLookup } from "./mx-lookup.ts";

/** A look-up that takes longer is a failed one; each server is asked this many times. */
const TIMEOUT_MS = 5_000;
const TRIES = 2;
/** A broken or hostile zone may hold thousands. */
const MAX_RECORDS = 100;

/**
 * Routing look-ups over the given resolvers (`ip` or `ip:port`), null for the system's.
 *
 * @param options.timeoutMs of one query to one server
 */
export function createDnsResolver(
  servers: readonly string[] | null,
  options: { readonly timeoutMs?: number } = {},
): RouteResolver {
  const resolver = new Resolver({ timeout: options.timeoutMs ?? TIMEOUT_MS, tries: TRIES });
  if (servers !== null) resolver.setServers([...servers]);

  const addresses = async (
    ask: (host: string, options: { readonly ttl: true }) => Promise<{ address: string; ttl: number }[]>,
    host: string,
  ): Promise<DnsAnswer<string>> => {
    try {
      const found = await ask(host, { ttl: true });
      if (found.length === 0) return { kind: "none", why: "no-data" };
      const ttlMs = Math.min(...found.map(({ ttl }) => ttl)) * 1_000;
      return { kind: "found", records: found.slice(0, MAX_RECORDS).map(({ address }) => address), ttlMs };
    } catch (error) {
      return answerOfError(error);
    }
  };

  return {
    resolveMx: createMxLookup({
      servers: () => resolver.getServers(),
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
      tries: TRIES,
      maxRecords: MAX_RECORDS,
    }),
    resolveAddresses: async (host) => {
      const [v6, v4] = await Promise.all([
        addresses(resolver.resolve6.bind(resolver), host),
        addresses(resolver.resolve4.bind(resolver), host),
      ]);
      return together(v6, v4);
    },
  };
}

/** One family is enough; that a name has no addresses takes both answers. */
function together(v6: DnsAnswer<string>, v4: DnsAnswer<string>): DnsAnswer<string> {
  if (v6.kind === "found" && v4.kind === "found") {
    return {
      kind: "found",
      records: [...v6.records, ...v4.records],
      ttlMs: Math.min(v6.ttlMs, v4.ttlMs),
    };
  }
  if (v4.kind === "found") return v4;
  if (v6.kind === "found") return v6;
  if (v4.kind === "failed") return v4;
  if (v6.kind === "failed") return v6;
  return v4;
}
