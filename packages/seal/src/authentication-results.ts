import type { DMARCResult, SPFResult } from "mailauth";

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

/** `value` where it is one of those allowed. */
export const oneOf = <const T extends string>(
  value: string | undefined,
  allowed: readonly T[],
  otherwise: T,
): T => allowed.find((candidate) => candidate === value) ?? otherwise;

const SPF = ["pass", "fail", "softfail", "neutral", "none", "temperror", "permerror"] as const;
export const DKIM = ["pass", "fail", "neutral", "none", "policy", "temperror", "permerror"] as const;
export const DMARC = ["pass", "fail", "none", "temperror", "permerror"] as const;
const POLICY = ["none", "quarantine", "reject"] as const;

/** What mailauth found of SPF. */
export const spfResult = (found: SPFResult | false | undefined): SpfResult => ({
  result: oneOf(found ? found.status.result : "none", SPF, "temperror"),
  domain: found ? found.domain : "",
});

/** What mailauth found of DMARC. */
export const dmarcResult = (found: DMARCResult | false | undefined): DmarcResult =>
  found
    ? {
        result: oneOf(found.status.result, DMARC, "none"),
        policy: oneOf(found.policy, POLICY, "none"),
        domain: found.status.header?.from ?? found.domain ?? "",
      }
    : // RFC 9989 §5.3.1: no From domain, or several, cannot be evaluated.
      { result: "none", policy: "none", domain: "" };
