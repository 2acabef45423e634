import { isIP } from "node:net";
import { bad, ok, type Parsed, parseList } from "./parsed.ts";

/** Reads the URL of an issuer or its keys: https, or http on this machine (tests, a side-car). No query, no fragment. */
export function parseIssuerUrl(text: string): Parsed<string> {
  const url = URL.parse(text);
  if (url === null || url.search !== "" || url.hash !== "" || url.username !== "")
    return bad("is not a plain URL such as https://id.example.com");
  const local = url.hostname === "localhost" || url.hostname === "[::1]" || isLocal(url.hostname);
  // Whoever can change the keys on their way can log in as anybody.
  if (url.protocol !== "https:" && !(url.protocol === "http:" && local))
    return bad("must start with https://");
  // Kept as written: `iss` of a token is compared to it, character by character.
  return ok(text);
}

const isLocal = (host: string): boolean => isIP(host) === 4 && host.startsWith("127.");

/** Reads the audiences: one or more words, comma separated. */
export function parseAudience(text: string): Parsed<readonly string[]> {
  return parseList(text, (item) =>
    /^[\x21-\x7e]{1,255}$/.test(item) ? ok(item) : bad("has an item that is empty or not printable"),
  );
}
