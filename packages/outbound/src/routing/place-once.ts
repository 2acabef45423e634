import type { ClaimedRecipient } from "@waxwing/store";
import type { Placement, PlaceRecipient } from "./place-recipient.ts";
import { siteOf } from "./site-name.ts";

/** Where each recipient of a claim goes; asked once for a project and domain, because most of a claim are of few. */
export function placeOnce(
  place: PlaceRecipient,
  site: string,
): (recipient: ClaimedRecipient) => Promise<Placement> {
  const placements = new Map<string, Promise<Placement>>();
  return ({ projectId, address }) => {
    const domain = siteOf(address);
    const key = `${projectId} ${domain}`;
    const known = placements.get(key);
    if (known !== undefined) return known;
    const placement = place({ projectId, domain }, site).catch((error: unknown): Placement => {
      const reason = `no route could be looked up: ${error instanceof Error ? error.message : String(error)}`;
      return {
        kind: "here",
        route: { kind: "unroutable", retry: "later", rule: "local.route-failed", reason },
      };
    });
    placements.set(key, placement);
    return placement;
  };
}
