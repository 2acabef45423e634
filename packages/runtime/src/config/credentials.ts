import { parseSecretKey } from "../secret-box.ts";
import { bad, ok, type Parsed } from "./parsed.ts";

/** Checks that the text is a key of 32 bytes in base64 or hex, and gives the text back. */
export function checkSecretKey(text: string): Parsed<string> {
  return parseSecretKey(text) === null
    ? bad("must be 32 bytes in base64 or hex; make one with: openssl rand -base64 32")
    : ok(text);
}

/** An API key travels in an `Authorization: Bearer` header, so only visible ASCII is allowed. */
export function checkApiKey(text: string): Parsed<string> {
  return /^[\x21-\x7e]{1,512}$/.test(text)
    ? ok(text)
    : bad("must be 1 to 512 visible ASCII characters without spaces");
}

/** Mail clients send passwords through SASL PLAIN (RFC 4616), which cannot carry NUL. */
export function checkPassword(text: string): Parsed<string> {
  return /^\P{Cc}{1,256}$/u.test(text)
    ? ok(text)
    : bad("must be 1 to 256 characters without control characters");
}
