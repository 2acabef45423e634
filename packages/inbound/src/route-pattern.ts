import { parseDomain } from "@waxwing/message";

/** A pattern of an inbound route in the form in which it is stored, or what is wrong with it. */
export type RoutePatternReading =
  | { readonly kind: "pattern"; readonly pattern: string }
  | { readonly kind: "invalid"; readonly reason: string };

const MAX_LOCAL_PART_CHARS = 64;

/**
 * Reads `local@domain`: both in any case, `*` in the local part for any number of characters, and as the domain for each domain of
 * the project. There are no regular expressions: a pattern is compared in time that its length bounds.
 */
export function readRoutePattern(text: string): RoutePatternReading {
  const at = text.lastIndexOf("@");
  const local = text.slice(0, at).toLowerCase();
  const written = text.slice(at + 1);
  if (at < 1) return { kind: "invalid", reason: "is not of the form local@domain" };
  if (local.length > MAX_LOCAL_PART_CHARS || !/^[\w!#$%&'*+/=?^`{|}~.-]+$/.test(local))
    return { kind: "invalid", reason: "has a local part that no address has, apart from * in it" };
  if (written === "*") return { kind: "pattern", pattern: `${local}@*` };
  const domain = parseDomain(written);
  return domain.kind === "domain"
    ? { kind: "pattern", pattern: `${local}@${domain.domain}` }
    : { kind: "invalid", reason: "has a domain that is neither a domain name nor *" };
}

/**
 * Whether a pattern takes an address. What follows a plus in the local part (RFC 5233) does not count, unless the pattern has a plus.
 *
 * @param address lower case, the domain in A-labels
 */
export function takesAddress(
  pattern: string,
  address: { readonly localPart: string; readonly domain: string },
): boolean {
  const at = pattern.lastIndexOf("@");
  const [glob, domain] = [pattern.slice(0, at), pattern.slice(at + 1)];
  if (domain !== "*" && domain !== address.domain) return false;
  const plus = address.localPart.indexOf("+");
  const isPlain = plus > 0 && !glob.includes("+");
  return matches(glob, isPlain ? address.localPart.slice(0, plus) : address.localPart);
}

/** Each piece between the stars is looked for once, behind the one before: the leftmost place leaves the most room for the rest. */
function matches(glob: string, text: string): boolean {
  const [head = "", ...rest] = glob.split("*");
  const tail = rest.pop();
  if (tail === undefined) return glob === text;
  if (!text.startsWith(head) || !text.endsWith(tail) || text.length < head.length + tail.length) return false;
  const end = text.length - tail.length;
  let from = head.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, from);
    if (found === -1 || found + piece.length > end) return false;
    from = found + piece.length;
  }
  return true;
}
