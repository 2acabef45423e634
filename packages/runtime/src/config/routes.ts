import { parseDomain } from "./host-name.ts";
import { type HostPort, type ListenAddress, parseHostPort } from "./listen.ts";
import { bad, ok, type Parsed, parseList } from "./parsed.ts";

/** Which recipient domains a static route takes. */
export type RoutePattern =
  | { readonly kind: "all" }
  | { readonly kind: "exact"; readonly domain: string }
  /** Every name below `parent`, at any depth, but not `parent` itself. */
  | { readonly kind: "below"; readonly parent: string };

/** A static next hop, looked at before MX records. */
export type StaticRoute = { readonly pattern: RoutePattern; readonly nextHop: HostPort };

/** Reads `*`, `.suffix` or a domain. */
export function parseRoutePattern(text: string): Parsed<RoutePattern> {
  if (text === "*") return ok({ kind: "all" });
  if (text.startsWith(".")) {
    // A lone label such as ".test" is fine here: add a label to borrow the domain rules.
    const parsed = parseDomain(`x${text}`);
    return parsed.kind === "ok"
      ? ok({ kind: "below", parent: parsed.value.slice(2) })
      : bad(`"${text}" is not a suffix`);
  }
  const parsed = parseDomain(text);
  return parsed.kind === "ok" ? ok({ kind: "exact", domain: parsed.value }) : parsed;
}

function parseRoute(text: string): Parsed<StaticRoute> {
  const [pattern, hop, ...rest] = text.split("=");
  if (pattern === undefined || hop === undefined || rest.length > 0) {
    return bad(
      `"${text}" is not suffix=host:port, such as .test=127.0.0.1:2525, example.org=[::1]:25 or *=relay.example:587`,
    );
  }
  const parsedPattern = parseRoutePattern(pattern.trim());
  if (parsedPattern.kind === "bad") return parsedPattern;
  const nextHop = parseHostPort(hop.trim(), 1);
  if (nextHop.kind === "bad") return nextHop;
  return ok({ pattern: parsedPattern.value, nextHop: nextHop.value });
}

/** A pattern as it is written. */
export function formatRoutePattern(pattern: RoutePattern): string {
  switch (pattern.kind) {
    case "all":
      return "*";
    case "below":
      return `.${pattern.parent}`;
    case "exact":
      return pattern.domain;
  }
}

/** Reads `suffix=host:port,...`. A pattern that stands twice is refused, because only one could win. */
export function parseRoutes(text: string): Parsed<readonly StaticRoute[]> {
  const parsed = parseList(text, parseRoute);
  if (parsed.kind === "bad") return parsed;
  const seen = new Set<string>();
  for (const { pattern } of parsed.value) {
    const key = JSON.stringify(pattern);
    if (seen.has(key)) return bad("names the same suffix twice");
    seen.add(key);
  }
  return parsed;
}

/** Where inbound mail is taken in by default. */
const INBOUND_PORT = 2525;

/** The route of an environment that names none: what is for `.test` comes back to our own inbound server. */
export function loopbackRoute(inbound: ListenAddress | "off"): StaticRoute {
  const { host, port } = inbound === "off" ? { host: "127.0.0.1", port: 0 } : inbound;
  const isEvery = host === "0.0.0.0" || host === "::";
  return {
    pattern: { kind: "below", parent: "test" },
    // A port that the system chooses is not known yet.
    nextHop: { host: isEvery ? "127.0.0.1" : host, port: port === 0 ? INBOUND_PORT : port },
  };
}
