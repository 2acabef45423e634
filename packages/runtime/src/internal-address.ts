import { BlockList, isIP } from "node:net";

/**
 * IANA special-purpose address registries (RFC 6890): everything that is not globally reachable.
 *
 * Attack: server-side request forgery. Where somebody else names the address, in a URL or by his DNS, he must not reach what only
 * this machine or its network reaches.
 */
const INTERNAL_V4 = subnets("ipv4", [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
]);
// Lists of their own: a BlockList with ::ffff:0:0/96 in it takes every IPv4 address for a mapped one.
const INTERNAL_V6 = subnets("ipv6", [
  ["::", 96],
  ["::ffff:0:0", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
]);

/**
 * True for private, loopback, link-local, multicast, documentation and otherwise reserved addresses, IPv4 mapped into or embedded in
 * IPv6 included, and for what is not an address at all.
 */
export function isInternalAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return INTERNAL_V4.check(address, "ipv4");
    case 6:
      return INTERNAL_V6.check(address, "ipv6");
    default:
      return true;
  }
}

function subnets(family: "ipv4" | "ipv6", networks: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, bits] of networks) list.addSubnet(network, bits, family);
  return list;
}
