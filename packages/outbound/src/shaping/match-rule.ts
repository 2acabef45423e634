import { DEFAULT_LIMITS, type ShapingLimits, type ShapingRule } from "./limits.ts";

/** The limits of a site, and the names of the rules they came from, the most particular first. */
export interface SiteLimits extends ShapingLimits {
  readonly rules: readonly string[];
}

/**
 * Finds what holds for a site. Names of its hosts count before its own name, a rule of the operator before a shipped one, a longer
 * pattern before a shorter one; each limit comes from the first of these that has it, and what none has is the default.
 *
 * @param names the site's MX hosts in their order, then its own name, in lower case
 * @param layers the operator's rules, then the shipped ones
 */
export function limitsFor(names: readonly string[], layers: readonly (readonly ShapingRule[])[]): SiteLimits {
  const rules = layers.flatMap((layer) => rulesFor(names, layer));
  const first = <Limit extends keyof ShapingLimits>(limit: Limit): ShapingLimits[Limit] | undefined => {
    for (const { limits } of rules) {
      const value = limits[limit];
      if (value !== undefined && value !== null) return value;
    }
    return undefined;
  };
  const connections = first("connections") ?? DEFAULT_LIMITS.connections;
  return {
    connections,
    connectionsPerHost:
      first("connectionsPerHost") ?? Math.max(connections, DEFAULT_LIMITS.connectionsPerHost),
    messagesPerConnection: first("messagesPerConnection") ?? DEFAULT_LIMITS.messagesPerConnection,
    messagesPerSecond: first("messagesPerSecond") ?? DEFAULT_LIMITS.messagesPerSecond,
    rules: rules.map(({ name }) => name),
  };
}

function rulesFor(names: readonly string[], layer: readonly ShapingRule[]): readonly ShapingRule[] {
  const found: { readonly rule: ShapingRule; readonly rank: number }[] = [];
  for (const rule of layer) {
    const ranks = names.flatMap((name) => rule.patterns.map((pattern) => rankOf(pattern, name)));
    const rank = Math.max(-1, ...ranks);
    if (rank >= 0) found.push({ rule, rank });
  }
  return found.sort((a, b) => b.rank - a.rank).map(({ rule }) => rule);
}

/** How particular a pattern is that names this name; -1 where it does not. */
function rankOf(pattern: string, name: string): number {
  if (pattern === "*") return 0;
  if (!pattern.startsWith(".")) return pattern === name ? 1_000 : -1;
  return name.endsWith(pattern) || name === pattern.slice(1) ? pattern.length : -1;
}
