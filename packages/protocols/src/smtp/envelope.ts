/** The reverse-path and the parameters of MAIL FROM. */
export interface SmtpSender {
  /** As the client wrote it; `""` for the null reverse-path. */
  readonly address: string;
  /** SIZE (RFC 1870): the client's own estimate in octets. */
  readonly sizeBytes: number | null;
  /** BODY (RFC 6152). */
  readonly body: "7BIT" | "8BITMIME";
  /** SMTPUTF8 (RFC 6531). */
  readonly smtpUtf8: boolean;
  /** REQUIRETLS (RFC 8689); only where the server offers it. */
  readonly requireTls: boolean;
  /** RET (RFC 3461 §4.3). */
  readonly ret: "FULL" | "HDRS" | null;
  /** ENVID (RFC 3461 §4.4), still in xtext, so that it can be passed on as it is; see `decodeXtext`. */
  readonly envid: string | null;
}

/** One condition of NOTIFY (RFC 3461 §4.1). */
export type DsnNotify = "NEVER" | "SUCCESS" | "FAILURE" | "DELAY";

/** A forward-path and the parameters of RCPT TO. */
export interface SmtpRecipient {
  /** As the client wrote it; `postmaster` may stand without a domain (RFC 5321 §4.1.1.3). */
  readonly address: string;
  /** NOTIFY; empty when absent. */
  readonly notify: readonly DsnNotify[];
  /** ORCPT (RFC 3461 §4.2), `type;xtext`, still encoded. */
  readonly orcpt: string | null;
}

/** What a message travels in: one sender, the accepted recipients in the order of their first RCPT. */
export interface SmtpEnvelope {
  readonly sender: SmtpSender;
  readonly recipients: readonly SmtpRecipient[];
}

/** The extensions beyond the fixed set that a server offers. */
export interface SmtpOffers {
  /** AUTH: MAIL may then carry AUTH= (RFC 4954 §5), which is read and dropped: we trust no one's word on identity. */
  readonly auth: boolean;
  /** DSN (RFC 3461). */
  readonly dsn: boolean;
  /** REQUIRETLS (RFC 8689): only on a TLS session. */
  readonly requireTls: boolean;
  /** SIZE (RFC 1870), octets. */
  readonly sizeLimitBytes: number;
}
