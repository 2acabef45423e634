import type { Clock, Logger } from "@waxwing/runtime";
import { createGroupCommit, type Database, findDomainSites } from "@waxwing/store";
import type { RouteTable } from "./route-table.ts";
import { siteOfRoute } from "./site-name.ts";

/**
 * Says at accept to which sites mail for these domains belongs, as far as that is known without asking the DNS; what is not known
 * belongs to a lane of the domain itself. It may be out of date: the lane that gets a recipient sends it on.
 *
 * @param domains lower case, A-labels; each once or more
 */
export type KnownSites = (
  projectId: string,
  domains: readonly string[],
) => Promise<(domain: string) => string>;

const KNOWN_MS = 60_000;
/** A worker puts a domain's site down with the first message for it. */
const UNKNOWN_MS = 2_000;
const MAX_ENTRIES = 50_000;

/** Every domain is a site of its own. */
export const domainsAsSites: KnownSites = () => Promise.resolve((domain) => domain);

/** Static routes and the sites that workers have put down, remembered for a minute; what is asked for together is looked up together. */
export function createKnownSites(options: {
  readonly db: Database;
  readonly table: Pick<RouteTable, "match">;
  readonly clock: Clock;
  readonly log: Logger;
}): KnownSites {
  const { db, table, clock, log } = options;
  const cache = new Map<string, { readonly site: string | null; readonly untilMs: number }>();
  const look = createGroupCommit<string, string | null>({
    waitMs: 1,
    maxItems: 1_000,
    maxWrites: 2,
    write: async (domains) => {
      const found = await findDomainSites(db, [...new Set(domains)]);
      return domains.map((domain) => found.get(domain) ?? null);
    },
  });

  const siteOfDomain = async (projectId: string, domain: string): Promise<string> => {
    const hop = await table.match({ projectId, domain });
    if (hop !== null) return siteOfRoute(hop);
    const known = cache.get(domain);
    if (known !== undefined && known.untilMs > clock.now()) return known.site ?? domain;
    const site = await look(domain);
    cache.delete(domain);
    for (const oldest of cache.keys()) {
      if (cache.size < MAX_ENTRIES) break;
      cache.delete(oldest);
    }
    cache.set(domain, { site, untilMs: clock.now() + (site === null ? UNKNOWN_MS : KNOWN_MS) });
    return site ?? domain;
  };

  return async (projectId, domains) => {
    const sites = new Map<string, string>();
    try {
      const wanted = [...new Set(domains)];
      const found = await Promise.all(wanted.map((domain) => siteOfDomain(projectId, domain)));
      for (const [index, domain] of wanted.entries()) sites.set(domain, found[index] ?? domain);
    } catch (err) {
      // Only a detour: whether the message can be stored is seen when it is.
      log.warn({ event: "sites.look-up-failed", err });
    }
    return (domain) => sites.get(domain) ?? domain;
  };
}
