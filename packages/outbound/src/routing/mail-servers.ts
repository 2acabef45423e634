import { isIPv6 } from "node:net";
import { isInternalAddress } from "@waxwing/runtime";
import type { DnsAnswer, MxRecord, RouteResolver } from "./dns-answer.ts";
import type { OwnServers } from "./own-servers.ts";
import type { NextHop, Route } from "./route.ts";

/** Hosts looked at and addresses tried in one attempt: more would only make a hostile domain slower to give up on. */
const MAX_HOSTS = 10;
const MAX_ADDRESSES = 10;
const MAX_ADDRESSES_PER_HOST = 4;

/** What finding the servers of a domain needs. */
export interface ServerSearch {
  readonly resolver: RouteResolver;
  readonly random: () => number;
  readonly own: OwnServers;
  readonly privateAddresses: "refuse" | "allow";
  /** True for a domain whose mail we take in: there our own servers are the right ones. */
  readonly isOwnDomain: (domain: string) => Promise<boolean>;
  /** Where mail servers listen. */
  readonly port: number;
}

interface Server {
  readonly host: string;
  readonly priority: number;
  readonly answer: DnsAnswer<string>;
}

/**
 * Turns the MX records of a domain into hops with addresses: by priority, equal ones shuffled (RFC 5321 §5.1); hosts without an
 * address are left out, and so are, where we are named ourselves, all hosts that are not better than us.
 *
 * @param implicit there is no MX record: the domain is its own server
 */
export async function findServers(
  search: ServerSearch,
  domain: string,
  records: readonly MxRecord[],
  implicit: boolean,
): Promise<Route> {
  const rule = implicit ? "route.address" : "route.mx";
  const ordered = records
    .map((record) => ({ record, dice: search.random() }))
    .sort((a, b) => a.record.priority - b.record.priority || a.dice - b.dice)
    .slice(0, MAX_HOSTS);
  const servers = await Promise.all(
    ordered.map(
      async ({ record: { exchange, priority } }): Promise<Server> => ({
        host: exchange.toLowerCase().replace(/\.$/, ""),
        priority,
        answer: await search.resolver.resolveAddresses(exchange),
      }),
    ),
  );
  const usable = await withoutLoop(search, domain, servers);
  if (usable.length === 0) {
    const reason = `mail for ${domain} comes back to us: no mail server of it is better than our own`;
    return { kind: "unroutable", retry: "never", rule: "route.loop", reason, enhancedCode: "5.4.6" };
  }
  const hops = hopsOf(search, usable);
  return hops.length > 0 ? { kind: "hops", hops, rule } : nowhere(domain, usable, implicit);
}

/** RFC 5321 §5.1: of a list that names us, only what is better than us is left. */
async function withoutLoop(
  { own, isOwnDomain }: ServerSearch,
  domain: string,
  servers: readonly Server[],
): Promise<readonly Server[]> {
  const ours = servers.filter(({ host, answer }) =>
    own.isOurs(host, answer.kind === "found" ? answer.records : []),
  );
  if (ours.length === 0 || (await isOwnDomain(domain))) return servers;
  const best = Math.min(...ours.map(({ priority }) => priority));
  return servers.filter(({ priority }) => priority < best);
}

function hopsOf(
  { own, privateAddresses, port }: ServerSearch,
  servers: readonly Server[],
): readonly NextHop[] {
  const hops: NextHop[] = [];
  let left = MAX_ADDRESSES;
  for (const { host, answer } of servers) {
    if (answer.kind !== "found" || left === 0) continue;
    const allowed = reachable(answer.records, privateAddresses);
    const addresses = inOrder(allowed, own.hasIpv6()).slice(0, Math.min(left, MAX_ADDRESSES_PER_HOST));
    if (addresses.length === 0) continue;
    left -= addresses.length;
    hops.push({ host, port, addresses });
  }
  return hops;
}

/** The addresses that may be connected to. */
export function reachable(
  addresses: readonly string[],
  privateAddresses: "refuse" | "allow",
): readonly string[] {
  return privateAddresses === "allow"
    ? addresses
    : addresses.filter((address) => !isInternalAddress(address));
}

/**
 * IPv6 first where we have a source for it, as RFC 6724 would have it, else last; then the families take turns (RFC 8305 §4), so that
 * one that leads nowhere costs one try, and both are tried however many addresses a host has (RFC 5321 §5.2 wants both).
 */
export function inOrder(addresses: readonly string[], hasIpv6: boolean): readonly string[] {
  const v6 = addresses.filter((address) => isIPv6(address));
  const v4 = addresses.filter((address) => !isIPv6(address));
  const [first, second] = hasIpv6 ? [v6, v4] : [v4, v6];
  const turns = Math.max(first.length, second.length);
  return Array.from({ length: turns }, (_, turn) => [
    ...first.slice(turn, turn + 1),
    ...second.slice(turn, turn + 1),
  ]).flat();
}

function nowhere(domain: string, servers: readonly Server[], implicit: boolean): Route {
  const failed = servers.find(({ answer }) => answer.kind === "failed");
  if (failed?.answer.kind === "failed") return lookUpFailed("address", failed.host, failed.answer.code);
  const refused = servers.some(({ answer }) => answer.kind === "found");
  if (refused) {
    const reason = `the DNS gives only private or reserved addresses for the mail servers of ${domain}`;
    return {
      kind: "unroutable",
      retry: "never",
      rule: "route.private-address",
      reason,
      enhancedCode: "5.4.4",
    };
  }
  if (implicit) {
    const reason = `the domain ${domain} has neither MX nor address records`;
    return { kind: "unroutable", retry: "never", rule: "route.no-address", reason, enhancedCode: "5.1.2" };
  }
  const reason = `none of the mail servers of ${domain} has an address: ${servers.map(({ host }) => host).join(", ")}`;
  return {
    kind: "unroutable",
    retry: "never",
    rule: "route.no-usable-server",
    reason,
    enhancedCode: "5.4.4",
  };
}

/** Nobody knows whether there is a way: later (RFC 3463 §3.5, X.4.3: directory server failure). */
export function lookUpFailed(what: string, name: string, code: string): Route {
  const reason = `the ${what} look-up of ${name} failed: ${code}`;
  return { kind: "unroutable", retry: "later", rule: "route.dns-failure", reason, enhancedCode: "4.4.3" };
}
