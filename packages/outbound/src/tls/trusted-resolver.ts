import { getServers } from "node:dns";
import type { HostPort } from "@waxwing/runtime";
import { readServer } from "../dns/server-address.ts";

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
