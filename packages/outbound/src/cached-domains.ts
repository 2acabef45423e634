import type { Clock } from "@waxwing/runtime";
import { type Database, type Domain, findProjectDomainByName } from "@waxwing/store";

/** How long a domain that was looked up is trusted: a domain taken away stops sending within this time. */
const DOMAIN_CACHE_MS = 5_000;

/** The project's own domains: of another project's domain not even its existence matters here. */
export function cachedDomains(
  db: Database,
  clock: Clock,
): (projectId: string, name: string) => Promise<Domain | null> {
  const cache = new Map<string, { readonly domain: Promise<Domain | null>; readonly untilMs: number }>();
  return (projectId, name) => {
    const key = `${projectId}/${name}`;
    const known = cache.get(key);
    if (known !== undefined && known.untilMs > clock.now()) return known.domain;
    // A hostile client can ask for any number of names; what is cached stays bounded.
    if (cache.size >= 10_000) cache.clear();
    const domain = findProjectDomainByName(db, projectId, name);
    cache.set(key, { domain, untilMs: clock.now() + DOMAIN_CACHE_MS });
    domain.catch(() => cache.delete(key));
    return domain;
  };
}
