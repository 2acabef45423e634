import { isIP } from "node:net";
import type { SecretBox, StaticRoute } from "@waxwing/runtime";
import type { RouteResolver } from "./dns-answer.ts";
import { findServers, inOrder, lookUpFailed, reachable, type ServerSearch } from "./mail-servers.ts";
import type { OwnServers } from "./own-servers.ts";
import type { Destination, NextHop, Route, Routed } from "./route.ts";
import { environmentTable, type RouteTable, type StaticHop } from "./route-table.ts";
import { siteOfHosts, siteOfRoute } from "./site-name.ts";

/** Finds the way of a destination. */
export interface Router {
  readonly find: (destination: Destination) => Promise<Routed>;
  /** Looks now whether static routes were changed. */
  readonly refresh: () => Promise<void>;
}

/** The context that the passwords of routes are sealed with. */
export function routePasswordContext(routeId: string): string {
  return `route-password:${routeId}`;
}

const NOWHERE_SPECIAL: OwnServers = { isOurs: () => false, hasIpv6: () => false };

/**
 * Finds the next hops of a domain: static routes first, then MX by priority, then the domain's own addresses when it has no MX. A
 * null MX (RFC 7505) and a name that does not exist never retry; a resolver that does not answer does.
 *
 * @param options.table static routes of the database; absent: `routes` alone
 * @param options.secretBox opens the passwords of routes; absent where no message is sent, only explained
 * @param options.own absent: no server is taken for our own
 * @param options.privateAddresses absent: refused
 * @param options.port where mail servers listen; absent: 25
 */
export function createRouter(options: {
  readonly routes: readonly StaticRoute[];
  readonly table?: RouteTable;
  readonly resolver: RouteResolver;
  readonly random: () => number;
  readonly secretBox?: SecretBox;
  readonly own?: OwnServers;
  readonly privateAddresses?: "refuse" | "allow";
  readonly isOwnDomain?: (domain: string) => Promise<boolean>;
  readonly port?: number;
}): Router {
  const {
    resolver,
    random,
    secretBox,
    own = NOWHERE_SPECIAL,
    privateAddresses = "refuse",
    port = 25,
  } = options;
  const isOwnDomain = options.isOwnDomain ?? (() => Promise.resolve(false));
  const search: ServerSearch = { resolver, random, own, privateAddresses, isOwnDomain, port };
  const environment = environmentTable(options.routes);
  const table: RouteTable = options.table ?? {
    match: ({ domain }) => Promise.resolve(environment.match(domain)),
    refresh: () => Promise.resolve(),
  };

  return {
    refresh: table.refresh,
    find: async (destination) => {
      const hop = await table.match(destination);
      if (hop === null) return await byDns(search, destination.domain);
      return { route: await byStaticHop(search, hop, secretBox), site: siteOfRoute(hop) };
    },
  };
}

async function byStaticHop(
  { resolver, own, privateAddresses }: ServerSearch,
  hop: StaticHop,
  secretBox: SecretBox | undefined,
): Promise<Route> {
  const { rule, host, port, tls, implicitTls, username, sealedPassword, routeId } = hop;
  const plain: NextHop = { host, port, tls, implicitTls };
  // Attack: a tenant's route must not reach into the operator's network, whichever way its host is written.
  const reached = hop.trusted || privateAddresses === "allow" ? plain : await publicHop(resolver, own, plain);
  if ("kind" in reached) return reached;
  if (username === null || sealedPassword === null || routeId === null)
    return { kind: "hops", hops: [reached], rule };
  if (secretBox === undefined) return { kind: "hops", hops: [reached], rule };
  try {
    const password = secretBox.open(sealedPassword, routePasswordContext(routeId)).toString("utf8");
    return {
      kind: "hops",
      hops: [{ ...reached, login: { kind: "password", user: username, password } }],
      rule,
    };
  } catch {
    const reason = `the password of the route to ${host} cannot be read; set it again`;
    return {
      kind: "unroutable",
      retry: "later",
      rule: "route.password-unreadable",
      reason,
      enhancedCode: "4.3.5",
    };
  }
}

async function publicHop(resolver: RouteResolver, own: OwnServers, hop: NextHop): Promise<NextHop | Route> {
  const { host } = hop;
  const answer =
    isIP(host) === 0
      ? await resolver.resolveAddresses(host)
      : { kind: "found" as const, records: [host], ttlMs: 0 };
  if (answer.kind === "failed") return lookUpFailed("address", host, answer.code);
  const addresses =
    answer.kind === "found" ? inOrder(reachable(answer.records, "refuse"), own.hasIpv6()) : [];
  if (addresses.length > 0) return { ...hop, addresses };
  const why = answer.kind === "none" ? "has no address" : "is a private or reserved address";
  // Whoever made the route can mend it before the mail is too old.
  const reason = `the route leads to ${host}, which ${why}`;
  return {
    kind: "unroutable",
    retry: "later",
    rule: "route.no-usable-server",
    reason,
    enhancedCode: "4.4.4",
  };
}

async function byDns(search: ServerSearch, domain: string): Promise<Routed> {
  const mx = await search.resolver.resolveMx(domain);
  switch (mx.kind) {
    case "failed":
      return { route: lookUpFailed("MX", domain, mx.code), site: null };
    case "none": {
      if (mx.why === "no-such-name") {
        const reason = `the domain ${domain} does not exist`;
        const rule = "route.no-such-domain";
        return {
          route: { kind: "unroutable", retry: "never", rule, reason, enhancedCode: "5.1.2" },
          site: null,
        };
      }
      // RFC 5321 §5.1: no MX, so the domain itself is its mail server.
      return await sited(search, domain, [{ exchange: domain, priority: 0 }], true);
    }
    case "found": {
      const records = mx.records.filter(({ exchange }) => exchange !== "" && exchange !== ".");
      if (records.length > 0) return await sited(search, domain, records, false);
      // RFC 7505 §3: one MX of "." with any preference.
      const reason = `${domain} accepts no mail (null MX, RFC 7505)`;
      const rule = "route.null-mx";
      return {
        route: { kind: "unroutable", retry: "never", rule, reason, enhancedCode: "5.1.10" },
        site: null,
      };
    }
  }
}

async function sited(
  search: ServerSearch,
  domain: string,
  records: Parameters<typeof findServers>[2],
  implicit: boolean,
): Promise<Routed> {
  const route = await findServers(search, domain, records, implicit);
  const site = route.kind === "hops" ? siteOfHosts(records.map(({ exchange }) => exchange)) : null;
  return { route, site };
}
