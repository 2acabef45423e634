import { Readable } from "node:stream";
import { type AuthenticateResult, authenticate, type DNSResolver } from "mailauth";
import { authenticatePlain } from "./authenticate-plain.ts";
import {
  type AuthenticationResults,
  DKIM,
  DMARC,
  dmarcResult,
  oneOf,
  spfResult,
} from "./authentication-results.ts";
import type { KeyMemory } from "./key-memory.ts";
import { sealLimits } from "./limits.ts";
import { prepareMessage } from "./prepare-message.ts";
import { boundResolver, type Resolver } from "./resolver.ts";

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
  /** The caller's, for all its messages; without it the short way (see `authenticatePlain`) is not taken. */
  readonly keys?: KeyMemory;
  /** Take client and sender from the Received and Return-Path fields instead: for mail fetched elsewhere. */
  readonly trustReceived?: boolean;
  /** For all DNS queries together; 10 s unless given. Past it the checks report temperror. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
};

/** The Authentication-Results field among the header lines mailauth made; Received-SPF says the same and is left out. */
const pickHeader = (headers: string): string => {
  const start = headers.search(/^Authentication-Results:/im);
  const rest = headers.slice(Math.max(start, 0));
  const end = rest.search(/\r\n(?![ \t])/);
  return end === -1 ? `${rest}\r\n` : rest.slice(0, end + 2);
};

const flatten = (found: AuthenticateResult): AuthenticationResults => ({
  spf: spfResult(found.spf),
  dkim: (found.dkim.results ?? []).map((signature) => ({
    result: oneOf(signature.status.result, DKIM, "neutral"),
    domain: (signature.signingDomain ?? "").toLowerCase(),
    selector: signature.selector ?? "",
    ...(signature.status.comment !== undefined && { reason: signature.status.comment.slice(0, 200) }),
  })),
  dmarc: dmarcResult(found.dmarc),
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
  dkim: [{ result, domain: "", selector: "", reason }],
  dmarc: { result, policy: "none", domain: "" },
  arc: { result },
  header: `Authentication-Results: ${mta};\r\n spf=${result} (${reason});\r\n dkim=${result};\r\n dmarc=${result};\r\n arc=${result}\r\n`,
});

/**
 * Checks SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 9989) and ARC (RFC 8617) through mailauth, or on the short way of
 * `authenticatePlain`. Asks the resolver only; BIMI, which would fetch over HTTP, is off. rsa-sha1 does not count (RFC 8301).
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
    const message = only !== undefined && others.length === 0 ? only : null;
    const { keys } = input;
    if (message !== null && keys !== undefined && input.trustReceived !== true) {
      const plain = await authenticatePlain(message, { ...input, keys, resolve: bounded.resolve }).catch(
        () => null,
      );
      if (plain !== null) return plain;
    }
    // A fifth of mailauth's time is the stream, which most messages do not need.
    return await askMailauth(message ?? Readable.from(prepared.chunks, { objectMode: false }), {
      ...input,
      resolver: bounded.resolve,
    });
  } catch {
    // A bug in the library that one message triggers must not lose that message: it is filed unauthenticated.
    return unchecked(input.mta, "temperror", "the check failed to run");
  }
};

/** What mailauth finds. @throws for its bugs */
export const askMailauth = async (
  message: Buffer | Readable,
  input: Omit<AuthenticateInput, "raw">,
): Promise<AuthenticationResults> =>
  flatten(
    await authenticate(message, {
      ip: input.remoteIp,
      helo: input.helo,
      sender: input.mailFrom,
      mta: input.mta,
      trustReceived: input.trustReceived ?? false,
      // mailauth types the answers it reads; the contract is that of dns.promises.resolve.
      resolver: input.resolver as DNSResolver,
      disableBimi: true,
      rejectRsaSha1: true,
    }),
  );
