import { createHash } from "node:crypto";

/** A name longer than this is cut and ends in a hash: it is part of index rows and job names. */
const MAX_CHARS = 200;

/**
 * The site of a set of MX hosts: all domains with the same hosts have the same, so thousands of domains at one provider share a lane.
 * The hosts are folded label by label from the right, as KumoMTA's `factor_names` does (crates/dns-resolver/src/lib.rs): `mx1.b.test`
 * and `mx2.b.test` are `mx:(mx1,mx2).b.test`; a label that only some have has a question mark.
 *
 * Deviation: KumoMTA keeps the order of preference and writes `|`; here the order does not matter, and `|` sets an egress pool off.
 *
 * @param hosts names in any case, at least one
 */
export function siteOfHosts(hosts: readonly string[]): string {
  const names = [...new Set(hosts.map((host) => host.toLowerCase().replace(/\.$/, "")))].sort();
  const split = names.map((name) => name.split(".").reverse());
  const depth = Math.max(...split.map((labels) => labels.length));
  const folded = Array.from({ length: depth }, (_, level) => {
    const labels = [...new Set(split.map((parts) => parts[level]).filter((label) => label !== undefined))];
    const text = labels.length === 1 ? (labels[0] ?? "") : `(${labels.join(",")})`;
    return split.some((parts) => parts.length <= level) ? `${text}?` : text;
  });
  const name = `mx:${printable(folded.reverse().join("."))}`;
  if (name.length <= MAX_CHARS) return name;
  const hash = createHash("sha256").update(names.join(" ")).digest("hex").slice(0, 16);
  return `${name.slice(0, MAX_CHARS - 17)}~${hash}`;
}

/** The site of a static next hop. Who logs in there under a name of his own does not share a lane with others. */
export function siteOfRoute(hop: {
  readonly host: string;
  readonly port: number;
  readonly username: string | null;
}): string {
  const host = hop.host.includes(":") ? `[${hop.host}]` : hop.host;
  const user = hop.username === null ? "" : `${encodeURIComponent(hop.username)}@`;
  return `route:${user}${host}:${hop.port}`;
}

/** The lane of a recipient whose site is not known yet: its domain in lower case. */
export function siteOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1).toLowerCase();
}

/** True for a lane that holds what is not known yet, or cannot be routed: its name is the domain of all that is in it. */
export function isDomainLane(site: string): boolean {
  return !site.startsWith("mx:") && !site.startsWith("route:");
}

/** Names from the DNS may hold any octet. */
function printable(name: string): string {
  return name.replace(/[^a-z0-9_.(),?-]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
}
