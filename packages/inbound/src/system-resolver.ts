import { Resolver as DnsResolver } from "node:dns/promises";
import type { Resolver } from "@waxwing/seal";

/** Of one query to one server; two tries of it fit into the 5 s that the checks of one message have. */
const TIMEOUT_MS = 2_000;
const TRIES = 2;

/** RFC 6761 §6: these names are in no DNS by definition; asking would only tell the resolver what we test. */
const NOWHERE = /(?:^|\.)(?:test|localhost|invalid)\.?$/i;

/** Looks up records for the checks of SPF, DKIM, DMARC and ARC over the given resolvers, null for the system's. */
export function createSystemResolver(servers: readonly string[] | null): Resolver {
  const dns = new DnsResolver({ timeout: TIMEOUT_MS, tries: TRIES });
  if (servers !== null) dns.setServers([...servers]);
  return async (name, rrtype) => {
    if (NOWHERE.test(name)) {
      throw Object.assign(new Error(`query${rrtype} ENOTFOUND ${name}`), { code: "ENOTFOUND" });
    }
    return await dns.resolve(name, rrtype);
  };
}
