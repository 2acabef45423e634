/** How long the client waits in each stage, ms. Every wait ends: a server that drips octets does not prolong it. */
export interface SmtpClientTimeouts {
  /** To one address; the next one is tried then. */
  readonly connectMs: number;
  /** RFC 5321 §4.5.3.2.1 */
  readonly greetingMs: number;
  /** The replies to EHLO, HELO, STARTTLS, RSET and each step of AUTH, for which RFC 5321 has no number of its own. */
  readonly commandMs: number;
  /** From the first octet of the TLS handshake to its end. */
  readonly handshakeMs: number;
  /** RFC 5321 §4.5.3.2.2 */
  readonly mailMs: number;
  /** RFC 5321 §4.5.3.2.3 */
  readonly rcptMs: number;
  /** RFC 5321 §4.5.3.2.4: the 354. */
  readonly dataMs: number;
  /** RFC 5321 §4.5.3.2.5: until the server has taken the next block (64 KiB) of the message. */
  readonly dataBlockMs: number;
  /** RFC 5321 §4.5.3.2.6: the answer to the final dot. Cut short, it makes duplicates. */
  readonly dataEndMs: number;
  /** The answer to QUIT; nobody waits for it but the socket. */
  readonly quitMs: number;
}

/** The times of RFC 5321 §4.5.3.2, which are its minimum; where it has none, those of Postfix or less. */
export const RFC_5321_TIMEOUTS: SmtpClientTimeouts = {
  connectMs: 30_000,
  greetingMs: 300_000,
  commandMs: 300_000,
  handshakeMs: 60_000,
  mailMs: 300_000,
  rcptMs: 300_000,
  dataMs: 120_000,
  dataBlockMs: 180_000,
  dataEndMs: 600_000,
  quitMs: 5_000,
};
