import { Resolver } from "node:dns/promises";
import type { MxResolver } from "./route.ts";

/** A look-up that takes longer is a failed one; c-ares asks each server this many times. */
const TIMEOUT_MS = 5_000;
const TRIES = 2;

/** Routing look-ups over the given resolvers, or the system's. */
export function createDnsResolver(servers: readonly string[] | null): MxResolver {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  if (servers !== null) resolver.setServers([...servers]);
  return {
    resolveMx: (domain) => resolver.resolveMx(domain),
    resolveAddresses: async (host) => {
      const [v6, v4] = await Promise.allSettled([resolver.resolve6(host), resolver.resolve4(host)]);
      const found = [v6, v4].flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
      if (found.length === 0 && v4.status === "rejected") throw v4.reason;
      return found;
    },
  };
}
