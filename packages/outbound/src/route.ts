import { type HostPort, matchRoute, type StaticRoute } from "@waxwing/runtime";

/** Where one delivery may be tried, in order; or why nowhere. */
export type Route =
  | { readonly kind: "hops"; readonly hops: readonly NextHop[]; readonly rule: string }
  | {
      readonly kind: "unroutable";
      readonly retry: "later" | "never";
      readonly reason: string;
      readonly rule: string;
    };

/** One server to try. `host` is a name or an address. */
export interface NextHop {
  readonly host: string;
  readonly port: number;
}

/** The DNS look-ups routing needs, as in `node:dns/promises`; rejections carry a `code` such as ENOTFOUND or ESERVFAIL. */
export interface MxResolver {
  readonly resolveMx: (
    domain: string,
  ) => Promise<readonly { readonly exchange: string; readonly priority: number }[]>;
  readonly resolveAddresses: (host: string) => Promise<readonly string[]>;
}

/** The lane a recipient belongs to: its domain in lower case. */
export function siteOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1).toLowerCase();
}

const NO_SUCH_NAME = new Set(["ENOTFOUND"]);
const NO_SUCH_RECORD = new Set(["ENODATA"]);
/** More would only make a hostile domain slower to give up on. */
const MAX_HOPS = 10;

/**
 * Finds the next hops of a domain: static routes first, then MX by priority (RFC 5321 §5.1), equal priorities shuffled, then the
 * domain's own addresses when it has no MX. A null MX (RFC 7505) and a name that does not exist never retry; a resolver that
 * does not answer does.
 */
export function createRouter(options: {
  readonly routes: readonly StaticRoute[];
  readonly resolver: MxResolver;
  readonly random: () => number;
}): (domain: string) => Promise<Route> {
  const { routes, resolver, random } = options;
  return async (domain) => {
    const fixed: HostPort | null = matchRoute(routes, domain);
    if (fixed !== null) return { kind: "hops", hops: [fixed], rule: "route.static" };
    try {
      const records = await resolver.resolveMx(domain);
      // RFC 7505 §3: one MX of "." with any preference.
      if (records.length === 1 && (records[0]?.exchange === "" || records[0]?.exchange === ".")) {
        return unroutable("never", "route.null-mx", `${domain} accepts no mail (null MX, RFC 7505)`);
      }
      const hops = records
        .filter(({ exchange }) => exchange !== "" && exchange !== ".")
        .map((record) => ({ record, dice: random() }))
        .sort((a, b) => a.record.priority - b.record.priority || a.dice - b.dice)
        .slice(0, MAX_HOPS)
        .map(({ record }) => ({ host: record.exchange, port: 25 }));
      if (hops.length > 0) return { kind: "hops", hops, rule: "route.mx" };
    } catch (error) {
      const code = codeOf(error);
      if (NO_SUCH_NAME.has(code))
        return unroutable("never", "route.no-such-domain", `the domain ${domain} does not exist`);
      if (!NO_SUCH_RECORD.has(code)) return lookupFailed("MX", domain, code);
    }
    return await byAddress(domain, resolver);
  };
}

/** RFC 5321 §5.1: no MX, so the domain itself is its mail server. */
async function byAddress(domain: string, resolver: MxResolver): Promise<Route> {
  try {
    const addresses = await resolver.resolveAddresses(domain);
    if (addresses.length > 0)
      return { kind: "hops", hops: [{ host: domain, port: 25 }], rule: "route.address" };
  } catch (error) {
    const code = codeOf(error);
    if (!NO_SUCH_NAME.has(code) && !NO_SUCH_RECORD.has(code)) return lookupFailed("address", domain, code);
  }
  return unroutable("never", "route.no-address", `the domain ${domain} has neither MX nor address records`);
}

function lookupFailed(what: string, domain: string, code: string): Route {
  return unroutable("later", "route.dns-failure", `the ${what} look-up of ${domain} failed: ${code}`);
}

function unroutable(retry: "later" | "never", rule: string, reason: string): Route {
  return { kind: "unroutable", retry, rule, reason };
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : "EUNKNOWN";
}
