import { isIP } from "node:net";
import type { Clock } from "@waxwing/runtime";
import { type Database, findDomainWithKeys } from "@waxwing/store";

/** Where what a recipient may do leads back to. */
export interface WaysBack {
  /** Links begin with it: an origin without the slash at its end. */
  readonly linkBase: string;
  /** The host of addresses with a token. */
  readonly bounceHost: string;
}

/** The ways back of a domain's messages. Takes the id of the domain. */
export type LinkBases = (domainId: string) => Promise<WaysBack>;

/** How long a domain's last look at the DNS is used before it is read again. */
const CACHE_MS = 30_000;
const CACHE_ENTRIES = 10_000;

/** The host of a domain that its links lead to, once its record is there. */
export const trackingHostOf = (domainName: string): string => `links.${domainName}`;

/** The host that tracking hosts are an alias of; null where the public URL has an address in place of a name. */
export function linkHostOf(publicUrl: string): string | null {
  const { hostname } = new URL(publicUrl);
  return hostname.startsWith("[") || isIP(hostname) !== 0 || !hostname.includes(".") ? null : hostname;
}

/**
 * Links lead to the domain's own tracking host where the last look at its DNS found the record, otherwise to the public URL:
 * readers and filters trust a link to the sender's domain more than one to somewhere else.
 *
 * @param options.publicUrl an origin, such as `https://mail.example.com`; the scheme of tracking hosts is its own
 */
export function createLinkBases(options: {
  readonly db: Database;
  readonly publicUrl: string;
  readonly clock: Clock;
}): LinkBases {
  const { db, publicUrl, clock } = options;
  const { protocol } = new URL(publicUrl);
  const cache = new Map<string, { readonly base: Promise<WaysBack>; readonly untilMs: number }>();

  const load = async (domainId: string): Promise<WaysBack> => {
    const domain = (await findDomainWithKeys(db, domainId))?.domain;
    if (domain === undefined) throw new Error(`the sending domain ${domainId} is gone`);
    const records = domain.lastCheck?.records ?? [];
    const isThere = records.some(({ purpose, verdict }) => purpose === "tracking" && verdict === "ok");
    return {
      linkBase: isThere ? `${protocol}//${trackingHostOf(domain.name)}` : publicUrl,
      bounceHost: domain.returnPathHost,
    };
  };

  return (domainId) => {
    const known = cache.get(domainId);
    if (known !== undefined && known.untilMs > clock.now()) return known.base;
    if (cache.size >= CACHE_ENTRIES) cache.clear();
    const base = load(domainId);
    cache.set(domainId, { base, untilMs: clock.now() + CACHE_MS });
    base.catch(() => cache.delete(domainId));
    return base;
  };
}
