import { isIP } from "node:net";
import { type HostPort, parseHostPort } from "./listen.ts";
import { bad, ok, type Parsed, parseList } from "./parsed.ts";

function parseServer(text: string): Parsed<string> {
  if (isIP(text) !== 0) return ok(text);
  const parsed = parseHostPort(text, 1);
  // A resolver given by name would have to be resolved by itself.
  if (parsed.kind === "bad" || isIP(parsed.value.host) === 0) {
    return bad(`"${text}" is not an IP address or address:port, such as 9.9.9.9, 127.0.0.1:5353 or [::1]:53`);
  }
  return ok(text);
}

/** Reads the resolver whose word on DNSSEC is taken: `auto`, `off`, or one that is reached by its address. */
export function parseDnssecResolver(text: string): Parsed<HostPort | "auto" | "off"> {
  if (text === "auto" || text === "off") return ok(text);
  if (isIP(text) !== 0) return ok({ host: text, port: 53 });
  const parsed = parseHostPort(text, 1);
  return parsed.kind === "bad" || isIP(parsed.value.host) === 0
    ? bad(`"${text}" is neither auto, off, an IP address nor address:port`)
    : parsed;
}

/** Reads `9.9.9.9,[::1]:5353` into what `dns.Resolver#setServers` takes. */
export function parseDnsServers(text: string): Parsed<readonly string[]> {
  return parseList(text, parseServer);
}
