import { BlockList, isIP } from "node:net";
import { bad, ok, type Parsed } from "./config/parsed.ts";

/** An address (with the full prefix) or a CIDR range (RFC 4632, RFC 4291 §2.3). */
export interface IpRange {
  readonly address: string;
  readonly prefix: number;
  readonly family: "ipv4" | "ipv6";
}

/** Reads `192.0.2.1`, `192.0.2.0/24` or `2001:db8::/32`. */
export function parseIpRange(text: string): Parsed<IpRange> {
  const [address = "", prefixText, ...rest] = text.split("/");
  const version = isIP(address);
  // A zone (fe80::1%eth0) is a matter of one machine.
  if (version === 0 || rest.length > 0 || address.includes("%")) {
    return bad(`"${text.slice(0, 80)}" is not an IP address or a range such as 192.0.2.0/24`);
  }
  const bits = version === 4 ? 32 : 128;
  if (prefixText !== undefined && !(/^\d{1,3}$/.test(prefixText) && Number(prefixText) <= bits)) {
    return bad(`"${text.slice(0, 80)}" has a prefix that is not 0 to ${bits}`);
  }
  return ok({
    address,
    prefix: prefixText === undefined ? bits : Number(prefixText),
    family: version === 4 ? "ipv4" : "ipv6",
  });
}

/**
 * Makes a test for addresses that lie in one of the ranges. IPv4 addresses may come mapped into IPv6 (`::ffff:192.0.2.1`), as
 * sockets that listen on both give them. What is not an address lies in none.
 *
 * @param ranges texts that `parseIpRange` accepts; others are left out
 */
export function createIpFilter(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const text of ranges) {
    const range = parseIpRange(text);
    if (range.kind === "ok") list.addSubnet(range.value.address, range.value.prefix, range.value.family);
  }
  return (address) => {
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
    const version = isIP(plain);
    return version !== 0 && list.check(plain, version === 4 ? "ipv4" : "ipv6");
  };
}

/** True when every address of `inner` lies in one of the `outer` ranges alone. */
export function isRangeWithin(inner: string, outer: readonly string[]): boolean {
  const wanted = parseIpRange(inner);
  if (wanted.kind === "bad") return false;
  return outer.some((text) => {
    const range = parseIpRange(text);
    return (
      range.kind === "ok" &&
      range.value.family === wanted.value.family &&
      range.value.prefix <= wanted.value.prefix &&
      createIpFilter([text])(wanted.value.address)
    );
  });
}
