import type { SmtpFault } from "@waxwing/protocols";
import type { FetchedSts } from "./fetch-sts-policy.ts";
import { type StsPolicy, stsPolicyLines } from "./sts-policy.ts";
import type { TlsSession } from "./tls-plan.ts";
import type { TlsaRecord } from "./tlsa-record.ts";

/** RFC 8460 §4.4 `policy`. */
export interface ReportedPolicy {
  readonly "policy-type": "tlsa" | "sts" | "no-policy-found";
  readonly "policy-string"?: readonly string[];
  readonly "policy-domain": string;
  readonly "mx-host"?: readonly string[];
}

/** RFC 8460 §4.3. */
type ResultType =
  | "starttls-not-supported"
  | "certificate-host-mismatch"
  | "certificate-expired"
  | "certificate-not-trusted"
  | "validation-failure"
  | "tlsa-invalid"
  | "dnssec-invalid"
  | "sts-policy-fetch-error"
  | "sts-policy-invalid"
  | "sts-webpki-invalid";

/** RFC 8460 §4.4: one of `failure-details`, without its count. */
export interface ReportedFailure {
  readonly "result-type": ResultType;
  readonly "receiving-mx-hostname"?: string;
  readonly "receiving-ip"?: string;
  readonly "failure-reason-code"?: string;
}

/** What a domain has said, as its reports name it; `failure` is what was wrong before any session. */
export interface ObservedPolicy {
  readonly policy: ReportedPolicy;
  readonly failure: { readonly type: ResultType; readonly reason: string } | null;
  /** Whether the certificate counts, or any will do. */
  readonly proves: boolean;
}

export const observedDane = (
  domain: string,
  records: readonly TlsaRecord[],
  failure: ObservedPolicy["failure"] = null,
): ObservedPolicy => ({
  policy: {
    "policy-type": "tlsa",
    "policy-domain": domain,
    "policy-string": records.map(
      ({ usage, selector, matchingType, data }) =>
        `${usage} ${selector} ${matchingType} ${data.toString("hex").toUpperCase()}`,
    ),
  },
  failure,
  proves: failure === null,
});

export const observedSts = (
  domain: string,
  policy: StsPolicy,
  failure: ObservedPolicy["failure"] = null,
): ObservedPolicy => ({
  policy: {
    "policy-type": "sts",
    "policy-domain": domain,
    "policy-string": stsPolicyLines(policy),
    "mx-host": policy.mx,
  },
  failure,
  proves: true,
});

/** No policy, or one that could not be read. */
export const observedNone = (
  domain: string,
  failure: Extract<FetchedSts, { kind: "failed" }> | null,
): ObservedPolicy => ({
  policy: { "policy-type": failure === null ? "no-policy-found" : "sts", "policy-domain": domain },
  failure: failure === null ? null : { type: failure.result, reason: failure.reason },
  proves: false,
});

const FAILURE_OF_FLAW = {
  expired: "certificate-expired",
  "host-mismatch": "certificate-host-mismatch",
  "not-trusted": "certificate-not-trusted",
  // DANE: what the records name is not what was shown.
  "check-failed": "certificate-not-trusted",
} as const satisfies Record<NonNullable<SmtpFault["flaw"]>, ResultType>;

/** What a session is in a report; null: a success. `session` null: it was not even tried. */
export function failureOf(
  observed: ObservedPolicy,
  host: string,
  session: TlsSession | null,
): ReportedFailure | null {
  const address = session?.remoteAddress ?? null;
  const failed = (type: ResultType, reason: string | null): ReportedFailure => ({
    "result-type": type,
    "receiving-mx-hostname": host,
    ...(address !== null && { "receiving-ip": address }),
    // A server's own words may be in it, and different each time.
    ...(reason !== null && { "failure-reason-code": reason.slice(0, 200) }),
  });
  if (observed.failure !== null) return failed(observed.failure.type, observed.failure.reason);
  switch (session?.kind) {
    case undefined:
      return failed("validation-failure", "the host was not tried");
    case "not-offered":
      return failed("starttls-not-supported", null);
    case "broken": {
      const { flaw, message } = session.fault;
      return failed(flaw === undefined ? "validation-failure" : FAILURE_OF_FLAW[flaw], message);
    }
    case "secured": {
      const { flaw, problem } = session.facts;
      return observed.proves && flaw !== null ? failed(FAILURE_OF_FLAW[flaw], problem) : null;
    }
  }
}
