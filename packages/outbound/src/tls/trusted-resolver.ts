import { getServers } from "node:dns";
import { isIPv4, isIPv6 } from "node:net";
import type { HostPort } from "@waxwing/runtime";

/** Docker's own resolver is at a loopback address, and passes on what any resolver behind it says of DNSSEC. */
const DOCKER_RESOLVER = "127.0.0.11";

/**
 * The resolver whose AD bit is believed; null where there is none, and so no DANE. Where nothing is configured it is the first one in
 * use, if that is on this machine (RFC 7672 §2.1.1: whoever can change answers on their way can set the bit).
 *
 * @param dnsServers those configured; null: the system's
 */
export function trustedResolver(
  setting: HostPort | "auto" | "off",
  dnsServers: readonly string[] | null,
  systemServers: () => readonly string[] = getServers,
): HostPort | null {
  if (setting === "off") return null;
  if (setting !== "auto") return setting;
  const [first = ""] = dnsServers ?? systemServers();
  const resolver = readServer(first);
  const { host } = resolver;
  return (host.startsWith("127.") && host !== DOCKER_RESOLVER) || host === "::1" ? resolver : null;
}

/** As `dns.getServers` writes them. */
function readServer(text: string): HostPort {
  if (isIPv4(text) || isIPv6(text)) return { host: text, port: 53 };
  const colon = text.lastIndexOf(":");
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(text.slice(colon + 1)) };
}
