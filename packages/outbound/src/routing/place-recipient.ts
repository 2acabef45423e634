import { type Database, settleDomainSite } from "@waxwing/store";
import type { Destination, Route } from "./route.ts";
import type { Router } from "./router.ts";

/** Whether a recipient is delivered by the lane that has it, or belongs to another site. */
export type Placement =
  | { readonly kind: "here"; readonly route: Route }
  | { readonly kind: "elsewhere"; readonly site: string };

/** Finds the way of a recipient for the lane of a site. */
export type PlaceRecipient = (destination: Destination, site: string) => Promise<Placement>;

/**
 * Decides by the route. What has no site (a domain that cannot be routed now) stays where it is.
 *
 * Invariant: two workers that see different routes or different answers of the DNS never hand a recipient to and fro. Before it
 * leaves, the static routes are read anew, which all workers see alike; and of a domain's MX hosts it is not this worker's answer that
 * counts but the one put down in `domain_sites`, which changes once a minute at most. Where that says `site`, the recipient is
 * delivered here, by whatever servers this worker was told.
 *
 * @param options.settledMs for how long a domain stays with a site at least; a minute when absent
 */
export function createPlacer(options: {
  readonly db: Database;
  readonly router: Router;
  readonly settledMs?: number;
}): PlaceRecipient {
  const { db, router, settledMs } = options;
  return async (destination, site) => {
    const first = await router.find(destination);
    if (first.site === null || first.site === site) return { kind: "here", route: first.route };
    await router.refresh();
    const found = await router.find(destination);
    if (found.site === null || found.site === site) return { kind: "here", route: found.route };
    if (found.site.startsWith("route:")) return { kind: "elsewhere", site: found.site };
    const settled = await settleDomainSite(db, {
      domain: destination.domain,
      site: found.site,
      ...(settledMs !== undefined && { settledMs }),
    });
    return settled === site ? { kind: "here", route: found.route } : { kind: "elsewhere", site: settled };
  };
}
