import { type Clock, formatRoutePattern, type Logger, type StaticRoute } from "@waxwing/runtime";
import { type Database, type FollowedRoute, loadRoutes, routesVersion } from "@waxwing/store";
import type { Destination, RouteTls } from "./route.ts";

/** A static next hop as it is followed. */
export interface StaticHop {
  /** Where it comes from: the project's own, the platform's, or `WAXWING_ROUTES`. */
  readonly rule: "route.project" | "route.platform" | "route.static";
  readonly host: string;
  readonly port: number;
  readonly implicitTls: boolean;
  readonly tls: RouteTls;
  readonly username: string | null;
  readonly sealedPassword: string | null;
  /** Null for one of the environment. */
  readonly routeId: string | null;
  /** The operator made it, so it may lead into his own network. */
  readonly trusted: boolean;
}

/** Finds the static next hop of a destination; null where the DNS decides. */
export interface RouteTable {
  readonly match: (destination: Destination) => Promise<StaticHop | null>;
  /** Looks now whether anything was changed. */
  readonly refresh: () => Promise<void>;
}

/** How old a view of the routes may be: a change has its effect everywhere within this time. */
const FRESH_MS = 2_000;

/**
 * The routes of the database over those of the environment: a project's own come first, then the platform's, then the environment's.
 * Among each of them the most specific pattern wins: the exact domain, the longest suffix, `*`.
 *
 * All of them are kept in memory. While the database is away the last view holds.
 */
export function createRouteTable(options: {
  readonly db: Database;
  readonly environment: readonly StaticRoute[];
  readonly clock: Clock;
  readonly log: Logger;
}): RouteTable {
  const { db, clock, log } = options;
  const environment = environmentTable(options.environment);
  let view: { readonly version: string; readonly owners: ReadonlyMap<string | null, PatternTable> } | null =
    null;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | null = null;

  const look = async (): Promise<void> => {
    try {
      const version = await routesVersion(db);
      // Taken before the routes: a change in between is seen again at the next look.
      if (view?.version !== version) view = { version, owners: byOwner(await loadRoutes(db)) };
    } catch (error) {
      // Without any view, mail could take a way that its owner has forbidden.
      if (view === null) throw error;
      log.warn({ event: "routes.refresh-failed", err: error });
    }
    lookedAtMs = clock.now();
  };
  const refresh = (): Promise<void> => {
    looking ??= look().finally(() => {
      looking = null;
    });
    return looking;
  };

  return {
    refresh,
    match: async ({ projectId, domain }) => {
      if (view === null || lookedAtMs + FRESH_MS <= clock.now()) await refresh();
      return (
        view?.owners.get(projectId)?.match(domain) ??
        view?.owners.get(null)?.match(domain) ??
        environment.match(domain)
      );
    },
  };
}

/** The routes of the environment alone. */
export function environmentTable(routes: readonly StaticRoute[]): PatternTable {
  const table = createPatternTable();
  for (const { pattern, nextHop } of routes) {
    table.add(formatRoutePattern(pattern), {
      rule: "route.static",
      ...nextHop,
      implicitTls: false,
      tls: "opportunistic",
      username: null,
      sealedPassword: null,
      routeId: null,
      trusted: true,
    });
  }
  return table;
}

/** The routes of one owner by their patterns. */
interface PatternTable {
  readonly add: (pattern: string, hop: StaticHop) => void;
  readonly match: (domain: string) => StaticHop | null;
}

function createPatternTable(): PatternTable {
  const hops = new Map<string, StaticHop>();
  return {
    add: (pattern, hop) => void hops.set(pattern, hop),
    match: (domain) => {
      const exact = hops.get(domain);
      if (exact !== undefined) return exact;
      // Suffixes from the longest on: a name has few labels, and there may be many routes.
      for (let dot = domain.indexOf("."); dot !== -1; dot = domain.indexOf(".", dot + 1)) {
        const below = hops.get(domain.slice(dot));
        if (below !== undefined) return below;
      }
      return hops.get("*") ?? null;
    },
  };
}

function byOwner(routes: readonly FollowedRoute[]): ReadonlyMap<string | null, PatternTable> {
  const owners = new Map<string | null, PatternTable>();
  for (const { id, projectId, pattern, host, port, implicitTls, tls, ...rest } of routes) {
    const table = owners.get(projectId) ?? createPatternTable();
    owners.set(projectId, table);
    const { username, sealedPassword, trusted } = rest;
    const rule = projectId === null ? "route.platform" : "route.project";
    table.add(pattern, {
      rule,
      host,
      port,
      implicitTls,
      tls,
      username,
      sealedPassword,
      routeId: id,
      trusted,
    });
  }
  return owners;
}
