import { type HeardReply, linesOf } from "./reply.ts";

/** What a server offers in its answer to EHLO. */
export interface SmtpExtensions {
  readonly pipelining: boolean;
  /** SIZE (RFC 1870): the limit in octets; 0 where it says none; null where SIZE is not offered. */
  readonly sizeBytes: number | null;
  readonly eightBitMime: boolean;
  readonly smtpUtf8: boolean;
  readonly dsn: boolean;
  readonly requireTls: boolean;
  readonly enhancedStatusCodes: boolean;
  readonly startTls: boolean;
  /** AUTH (RFC 4954): mechanisms in upper case. */
  readonly auth: ReadonlySet<string>;
  /** LIMITS (RFC 9422): transactions of a connection and recipients of a transaction; null where the server says nothing. */
  readonly mailMax: number | null;
  readonly rcptMax: number | null;
}

/** What a server that knows only HELO offers. */
export const NO_EXTENSIONS: SmtpExtensions = {
  pipelining: false,
  sizeBytes: null,
  eightBitMime: false,
  smtpUtf8: false,
  dsn: false,
  requireTls: false,
  enhancedStatusCodes: false,
  startTls: false,
  auth: new Set(),
  mailMax: null,
  rcptMax: null,
};

/** Reads the 250 to EHLO (RFC 5321 §4.1.1.1): its first line names the server, each other one an extension. */
export function readExtensions(reply: HeardReply): SmtpExtensions {
  const offered = new Map<string, string>();
  const auth = new Set<string>();
  for (const line of linesOf(reply.octets).slice(1)) {
    // "AUTH=LOGIN" is how servers of the last century wrote it, and some still do beside the other form.
    const [keyword = "", ...parameters] = line.slice(4).trim().toUpperCase().split(/[ =]+/);
    if (keyword === "AUTH") for (const mechanism of parameters) auth.add(mechanism);
    if (!offered.has(keyword)) offered.set(keyword, parameters.join(" "));
  }
  const limits = offered.has("LIMITS") ? parseLimits(reply) : null;
  return {
    pipelining: offered.has("PIPELINING"),
    sizeBytes: readSize(offered.get("SIZE")),
    eightBitMime: offered.has("8BITMIME"),
    smtpUtf8: offered.has("SMTPUTF8"),
    dsn: offered.has("DSN"),
    requireTls: offered.has("REQUIRETLS"),
    enhancedStatusCodes: offered.has("ENHANCEDSTATUSCODES"),
    startTls: offered.has("STARTTLS"),
    auth,
    mailMax: limits?.get("MAILMAX") ?? null,
    rcptMax: limits?.get("RCPTMAX") ?? null,
  };
}

// RFC 1870 §4: without a number, or with 0, there is no fixed limit.
function readSize(parameter: string | undefined): number | null {
  if (parameter === undefined) return null;
  return /^\d{1,15}$/.test(parameter) ? Number(parameter) : 0;
}

// RFC 9422 §4: name=value pairs; a value of no use is as if absent.
function parseLimits(reply: HeardReply): ReadonlyMap<string, number> {
  const line = linesOf(reply.octets).find((candidate) => /^LIMITS /i.test(candidate.slice(4))) ?? "";
  const limits = new Map<string, number>();
  for (const [, name = "", value] of line.matchAll(/ ([A-Z]+)=(\d{1,9})(?= |$)/gi))
    if (Number(value) > 0) limits.set(name.toUpperCase(), Number(value));
  return limits;
}
