import { bad, ok, type Parsed } from "./parsed.ts";

const HIGHEST = 1_000_000;

/** Reads a number of requests per second from 1 to a million, or `off`, into that number or null. */
export function parseRateLimit(text: string): Parsed<number | null> {
  if (text === "off") return ok(null);
  const rate = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (rate < 1 || rate > HIGHEST) {
    return bad(`"${text}" is neither \`off\` nor a number of requests per second from 1 to ${HIGHEST}`);
  }
  return ok(rate);
}
