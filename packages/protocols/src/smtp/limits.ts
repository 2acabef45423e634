/**
 * Everything a peer can make the SMTP server spend, with its bound and the reason for the number.
 *
 * Times are milliseconds, lengths are octets.
 */
export interface SmtpLimits {
  /** Silence on the socket while the client owes us input. RFC 5321 §4.5.3.2.7: at least 5 minutes. */
  readonly idleTimeoutMs: number;
  /**
   * From our reply to the end of the client's next command line. The idle time-out alone is reset by every octet,
   * so one octet a second would hold a connection for ever.
   */
  readonly commandTimeoutMs: number;
  /** From our 354 to the final dot: the same slow client, inside DATA. */
  readonly dataTimeoutMs: number;
  /**
   * From the greeting on: afterwards the connection ends with the transaction under way, which has `dataTimeoutMs` for it. Each
   * command has a time of its own, and commands are counted, but that alone would leave a client hours.
   */
  readonly sessionTimeoutMs: number;
  /** From the first octet of a TLS handshake to its end, on both doors. */
  readonly handshakeTimeoutMs: number;
  /**
   * For all messages that are arriving or being decided on, over all connections, beyond the first 256 KB of each: clients that
   * send large ones slowly must not use up the memory. Past it, messages are answered 452 4.3.1.
   */
  readonly messageMemoryBytes: number;
  /** A text line of the message with its CRLF, without the transparency dot. RFC 5321 §4.5.3.1.6. */
  readonly lineOctets: number;
  /** A command line. RFC 4954 §4 asks for 12,288 in AUTH; the parser has one bound for all commands. */
  readonly commandLineOctets: number;
  /** Replies 500 to 504 in one connection before 421: a peer that does not speak SMTP. */
  readonly badCommands: number;
  /** Failed logins in one connection before 421: a password guesser has to pay for a new handshake. */
  readonly failedLogins: number;
  /**
   * Commands since the last accepted message, beyond one RCPT per recipient, before 421: NOOP, RSET or MAIL in a
   * circle keeps a connection (and the backend) busy without ever sending mail.
   */
  readonly idleCommands: number;
}

/** The limits of a production server, see {@link SmtpLimits}. */
export const defaultSmtpLimits: SmtpLimits = {
  idleTimeoutMs: 5 * 60_000,
  commandTimeoutMs: 5 * 60_000,
  // 25 MB at 128 kbit/s is 27 minutes; RFC 5321 §4.5.3.2.5 and .6 bound only the single block and the reply.
  dataTimeoutMs: 30 * 60_000,
  // Large senders keep a connection for minutes; the next one costs them a handshake.
  sessionTimeoutMs: 60 * 60_000,
  handshakeTimeoutMs: 30_000,
  // Seven messages of the largest size at once; deciding on one takes a few times its size again.
  messageMemoryBytes: 256 * 1024 * 1024,
  lineOctets: 1_000,
  commandLineOctets: 12_288,
  badCommands: 10,
  failedLogins: 3,
  idleCommands: 200,
};
