import type { BearerHint } from "../wire/sasl-bearer.ts";
import type { SmtpBackend, SmtpErrorEvent } from "./backend.ts";
import type { ClientWatch } from "./client-limits.ts";
import type { DataBudget } from "./data-budget.ts";
import type { SmtpOffers } from "./envelope.ts";
import type { SmtpLimits } from "./limits.ts";

/** What every connection of one server shares. */
export interface ConnectionPolicy<P> {
  readonly kind: "submission" | "inbound";
  readonly plaintextAuth: "never" | "loopback";
  readonly sizeLimitBytes: number;
  readonly maxRecipients: number;
  readonly maxConnections: number;
  readonly dsn: boolean;
  readonly requireTls: boolean;
  /** Null: no bearer tokens. */
  readonly bearer: BearerHint | null;
  readonly limits: SmtpLimits;
  readonly clients: ClientWatch;
  readonly memory: DataBudget;
  readonly backend: SmtpBackend<P>;
  readonly report: (event: SmtpErrorEvent) => void;
}

/** The extensions on offer to a connection, by whether it is in TLS. */
export const offersOf = <P>(policy: ConnectionPolicy<P>, secure: boolean): SmtpOffers => ({
  auth: policy.kind === "submission" && policy.backend.authenticate !== undefined,
  dsn: policy.dsn,
  requireTls: policy.requireTls && secure, // RFC 8689 §2
  sizeLimitBytes: policy.sizeLimitBytes,
});

/** The SASL mechanisms of AUTH. */
export const mechanismsOf = <P>({ bearer }: ConnectionPolicy<P>): readonly string[] =>
  bearer === null ? ["PLAIN", "LOGIN"] : ["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"];

/**
 * The keywords of the EHLO reply (RFC 5321 §4.1.1.1), one per line.
 *
 * @param now.mechanisms none unless we would take the client's password now (RFC 4954 §4, RFC 8314 §3.3).
 */
export const ehloKeywords = (
  offers: SmtpOffers,
  now: { readonly secure: boolean; readonly mechanisms: readonly string[]; readonly maxRecipients: number },
): readonly string[] => [
  "PIPELINING",
  "8BITMIME",
  "SMTPUTF8",
  "ENHANCEDSTATUSCODES",
  `SIZE ${offers.sizeLimitBytes}`,
  `LIMITS RCPTMAX=${now.maxRecipients}`, // RFC 9422
  ...(offers.auth && now.mechanisms.length > 0 ? [`AUTH ${now.mechanisms.join(" ")}`] : []),
  ...(now.secure ? [] : ["STARTTLS"]),
  ...(offers.dsn ? ["DSN"] : []),
  ...(offers.requireTls ? ["REQUIRETLS"] : []),
];
