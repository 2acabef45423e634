import { isIPv4, isIPv6 } from "node:net";
import type { HostPort } from "@waxwing/runtime";

/** The address of a resolver as `dns.getServers` writes it: without a port where it is 53. */
export function readServer(text: string): HostPort {
  if (isIPv4(text) || isIPv6(text)) return { host: text, port: 53 };
  const colon = text.lastIndexOf(":");
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(text.slice(colon + 1)) };
}
