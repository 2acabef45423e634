import { isIPv4, isIPv6 } from "node:net";
import { isHostName } from "./host-name.ts";
import { bad, ok, type Parsed } from "./parsed.ts";

/** Where a server listens. Port 0 lets the system choose a free one. */
export type ListenAddress = { readonly host: string; readonly port: number };

/** A host and a port to connect to, as in `127.0.0.1:2525`, `[::1]:25` or `relay.example:587`. */
export type HostPort = { readonly host: string; readonly port: number };

/**
 * Reads `host:port`; IPv6 addresses stand in brackets and lose them in the result.
 *
 * @param lowestPort 0 for listening, 1 for connecting
 */
export function parseHostPort(text: string, lowestPort: 0 | 1): Parsed<HostPort> {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  if (match === null) {
    return bad(`"${text}" is not host:port, such as 127.0.0.1:2525 or [::1]:2525`);
  }
  const [, bracketed, plain = "", digits] = match;
  const port = Number(digits);
  if (port < lowestPort || port > 65_535) return bad(`port ${digits} is not between ${lowestPort} and 65535`);
  if (bracketed !== undefined) {
    return isIPv6(bracketed) ? ok({ host: bracketed, port }) : bad(`"${bracketed}" is not an IPv6 address`);
  }
  const host = plain.toLowerCase();
  if (host === "")
    return bad(`"${text}" names no host: write 0.0.0.0:${port} or [::]:${port} for every interface`);
  // Four numbers that are not an address must not slip through as a host name.
  const plausible = /^[\d.]+$/.test(host) ? isIPv4(host) : isHostName(host);
  return plausible ? ok({ host, port }) : bad(`"${plain}" is neither an address nor a host name`);
}

/** Reads a listen address or the word `off`. */
export function parseListen(text: string): Parsed<ListenAddress | "off"> {
  if (text === "off") return ok("off");
  const parsed = parseHostPort(text, 0);
  return parsed.kind === "ok" ? parsed : bad(`${parsed.message}; or off`);
}
