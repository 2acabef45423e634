import { domainToASCII } from "node:url";
import { bad, ok, type Parsed } from "./parsed.ts";

// RFC 1035 §2.3.4: labels of 63 octets, names of 255 on the wire, which is 253 in text.
const label = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

/** True for a DNS host name of one or more labels, lower case, without the final dot. */
export function isHostName(text: string): boolean {
  return text.length <= 253 && text.split(".").every((part) => label.test(part));
}

/**
 * Reads a domain name with at least one dot; Unicode names become their ASCII form (RFC 5890), upper case
 * becomes lower case.
 */
export function parseDomain(text: string): Parsed<string> {
  const name = domainToASCII(text.toLowerCase());
  if (!isHostName(name)) return bad(`"${text}" is not a domain name`);
  if (!name.includes(".")) return bad(`"${text}" has no dot: a fully qualified name is needed`);
  if (/(^|\.)\d+$/.test(name)) return bad(`"${text}" looks like an IP address: a domain name is needed`);
  return ok(name);
}
