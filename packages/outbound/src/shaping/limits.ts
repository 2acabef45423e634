/** How hard a site may be pressed from one source. */
export interface ShapingLimits {
  /** Connections at once, to all its hosts together. */
  readonly connections: number;
  /** Connections at once to one of its hosts. */
  readonly connectionsPerHost: number;
  /** Messages after which a connection is given up for another. */
  readonly messagesPerConnection: number;
  /** null: any number. */
  readonly messagesPerSecond: number | null;
}

/** Limits for the servers that a pattern names; what is absent or null follows from less particular ones. */
export interface ShapingRule {
  readonly name: string;
  /** `mx.example.org`, `.example.org` for all names below it, `*`: names of MX hosts and recipient domains; or a next hop's address. */
  readonly patterns: readonly string[];
  readonly limits: { readonly [Limit in keyof ShapingLimits]?: ShapingLimits[Limit] | null };
}

/** A rule that comes with the program. */
export interface ShippedRule extends ShapingRule {
  readonly note: string;
  /** Where it says so, and when that was looked at (ISO 8601). */
  readonly source: string;
  readonly seen: string;
}

/**
 * Sites that no rule names. 20 at once is what Postfix does (postconf(5), default_destination_concurrency_limit), 100 messages a
 * connection what KumoMTA does (its shaping.toml).
 */
export const DEFAULT_LIMITS: ShapingLimits = {
  connections: 20,
  connectionsPerHost: 20,
  messagesPerConnection: 100,
  messagesPerSecond: null,
};
