import { Readable } from "node:stream";
import { type AuthenticateResult, authenticate, type DNSResolver } from "mailauth";
import { sealLimits } from "./limits.ts";
import { prepareMessage } from "./prepare-message.ts";
import { boundResolver, type Resolver } from "./resolver.ts";

/** RFC 8601 §2.7.2. */
export type SpfResult = {
  readonly result: "pass" | "fail" | "softfail" | "neutral" | "none" | "temperror" | "permerror";
  /** The domain that was checked: of MAIL FROM, or the HELO name for an empty one. */
  readonly domain: string;
};

/** RFC 8601 §2.7.1: one signature. */
export type DkimResult = {
  readonly result: "pass" | "fail" | "neutral" | "none" | "policy" | "temperror" | "permerror";
  readonly domain: string;
  readonly selector: string;
  /** Whether the signing domain aligns with the From domain as DMARC means it. */
  readonly aligned: boolean;
  readonly reason?: string;
};

/** RFC 7489, RFC 9989. `domain` is that of From; empty when From names none or several. */
export type DmarcResult = {
  readonly result: "pass" | "fail" | "none" | "temperror" | "permerror";
  /** What the domain asks for when the result is `fail`. */
  readonly policy: "none" | "quarantine" | "reject";
  readonly domain: string;
};

/** RFC 8617: the chain as a whole. */
export type ArcResult = { readonly result: "pass" | "fail" | "none" | "temperror" | "permerror" };

/** What the checks found, and the header field that says so. */
export type AuthenticationResults = {
  readonly spf: SpfResult;
  readonly dkim: readonly DkimResult[];
  readonly dmarc: DmarcResult;
  readonly arc: ArcResult;
  /** The Authentication-Results field (RFC 8601), folded, ending in CRLF: goes on top of the message. */
  readonly header: string;
};

/** What is to be checked, and how we stand to it. */
export type AuthenticateInput = {
  readonly raw: Buffer;
  /** Address of the SMTP client, IPv4 or IPv6. */
  readonly remoteIp: string;
  /** What it said in EHLO or HELO. */
  readonly helo: string;
  /** The reverse-path without its brackets, empty for a bounce. */
  readonly mailFrom: string;
  /** Our authserv-id: a host name. */
  readonly mta: string;
  readonly resolver: Resolver;
  /** Take client and sender from the Received and Return-Path fields instead: for mail fetched elsewhere. */
  readonly trustReceived?: boolean;
  /** For all DNS queries together; 10 s unless given. Past it the checks report temperror. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
};

const oneOf = <const T extends string>(value: string | undefined, allowed: readonly T[], otherwise: T): T =>
  allowed.find((candidate) => candidate === value) ?? otherwise;

const SPF = ["pass", "fail", "softfail", "neutral", "none", "temperror", "permerror"] as const;
const DKIM = ["pass", "fail", "neutral", "none", "policy", "temperror", "permerror"] as const;
const DMARC = ["pass", "fail", "none", "temperror", "permerror"] as const;
const POLICY = ["none", "quarantine", "reject"] as const;

/** The Authentication-Results field among the header lines mailauth made; Received-SPF says the same and is left out. */
const pickHeader = (headers: string): string => {
  const start = headers.search(/^Authentication-Results:/im);
  const rest = headers.slice(Math.max(start, 0));
  const end = rest.search(/\r\n(?![ \t])/);
  return end === -1 ? `${rest}\r\n` : rest.slice(0, end + 2);
};

const flatten = (found: AuthenticateResult): AuthenticationResults => ({
  spf: {
    result: oneOf(found.spf ? found.spf.status.result : "none", SPF, "temperror"),
    domain: found.spf ? found.spf.domain : "",
  },
  dkim: (found.dkim.results ?? []).map((signature) => ({
    result: oneOf(signature.status.result, DKIM, "neutral"),
    domain: (signature.signingDomain ?? "").toLowerCase(),
    selector: signature.selector ?? "",
    aligned: typeof signature.status.aligned === "string" && signature.status.aligned !== "",
    ...(signature.status.comment !== undefined && { reason: signature.status.comment.slice(0, 200) }),
  })),
  dmarc: found.dmarc
    ? {
        result: oneOf(found.dmarc.status.result, DMARC, "none"),
        policy: oneOf(found.dmarc.policy, POLICY, "none"),
        domain: found.dmarc.status.header?.from ?? found.dmarc.domain ?? "",
      }
    : // RFC 9989 §5.3.1: no From domain, or several, cannot be evaluated.
      { result: "none", policy: "none", domain: "" },
  arc: { result: oneOf(found.arc ? found.arc.status.result : "none", DMARC, "fail") },
  header: pickHeader(found.headers),
});

/** The results when nothing could be checked, for a reason that may pass (temperror) or not (permerror). */
const unchecked = (
  mta: string,
  result: "temperror" | "permerror",
  reason: string,
): AuthenticationResults => ({
  spf: { result, domain: "" },
  dkim: [{ result, domain: "", selector: "", aligned: false, reason }],
  dmarc: { result, policy: "none", domain: "" },
  arc: { result },
  header: `Authentication-Results: ${mta};\r\n spf=${result} (${reason});\r\n dkim=${result};\r\n dmarc=${result};\r\n arc=${result}\r\n`,
});

/**
 * Checks SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 9989) and ARC (RFC 8617) through mailauth. Asks the resolver
 * only; BIMI, which would fetch over HTTP, is off. rsa-sha1 does not count (RFC 8301).
 *
 * Never throws for what a message contains: a check that fails to run is a temperror, a header past `sealLimits` a
 * permerror. Call removeSpoofedAuthenticationResults before prepending `header`.
 */
export const authenticateMessage = async (input: AuthenticateInput): Promise<AuthenticationResults> => {
  const prepared = prepareMessage(input.raw);
  if (prepared.kind === "refused") return unchecked(input.mta, "permerror", prepared.reason);
  const timeoutMs = input.timeoutMs ?? sealLimits.dnsTimeoutMs;
  using bounded = boundResolver(input.resolver, { timeoutMs, signal: input.signal });
  try {
    const [only, ...others] = prepared.chunks;
    // A fifth of the whole check is the stream, which most messages do not need.
    const message =
      only !== undefined && others.length === 0
        ? only
        : Readable.from(prepared.chunks, { objectMode: false });
    const found = await authenticate(message, {
      ip: input.remoteIp,
      helo: input.helo,
      sender: input.mailFrom,
      mta: input.mta,
      trustReceived: input.trustReceived ?? false,
      // mailauth types the answers it reads; the contract is that of dns.promises.resolve.
      resolver: bounded.resolve as DNSResolver,
      disableBimi: true,
      rejectRsaSha1: true,
    });
    return flatten(found);
  } catch {
    // A bug in the library that one message triggers must not lose that message: it is filed unauthenticated.
    return unchecked(input.mta, "temperror", "the check failed to run");
  }
};
