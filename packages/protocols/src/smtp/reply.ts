/**
 * One SMTP reply as we write it: `250 2.1.0 Sender ok`.
 *
 * `code` is the three-digit reply code (RFC 5321 §4.2), `enhanced` the enhanced status code (RFC 3463, numbers from
 * the IANA registry "SMTP Enhanced Status Codes"), `text` one line for people.
 */
export interface Reply {
  readonly code: number;
  readonly enhanced: string;
  readonly text: string;
}

/** A refusal to the peer: the public half only; the private cause goes to `onError`. */
export interface Refusal extends Reply {
  readonly kind: "refuse";
}

/** Makes a {@link Refusal}: `refuse(550, "5.1.1", "No such user")`. */
export const refuse = (code: number, enhanced: string, text: string): Refusal => ({
  kind: "refuse",
  code,
  enhanced,
  text,
});

/** What the server says on its own account. Content defects have no code of their own in the registry: X.6.0. */
export const replies = {
  senderOk: { code: 250, enhanced: "2.1.0", text: "Sender ok" },
  recipientOk: { code: 250, enhanced: "2.1.5", text: "Recipient ok" },
  startTlsFirst: refuse(530, "5.7.0", "Must issue a STARTTLS command first"), // RFC 3207 §4
  authenticationRequired: refuse(530, "5.7.0", "Authentication required"), // RFC 4954 §6
  encryptionRequiredForAuth: refuse(538, "5.7.11", "Encryption required for authentication"), // RFC 4954 §6
  authNotOffered: refuse(502, "5.5.1", "AUTH is not offered here"),
  badCredentials: refuse(535, "5.7.8", "Authentication credentials invalid"), // RFC 4954 §6
  loggedIn: { code: 235, enhanced: "2.7.0", text: "Authentication successful" },
  authAborted: refuse(501, "5.7.0", "Authentication aborted"), // RFC 4954 §4
  badSaslResponse: refuse(501, "5.5.2", "The response of the mechanism is malformed"),
  authInTransaction: refuse(503, "5.5.1", "AUTH is not allowed during a mail transaction"), // RFC 4954 §4
  nestedMail: refuse(503, "5.5.1", "Nested MAIL command"),
  needMail: refuse(503, "5.5.1", "Need MAIL command first"),
  needRecipient: refuse(503, "5.5.1", "Need RCPT command first"),
  noValidRecipients: refuse(554, "5.5.1", "No valid recipients"), // RFC 5321 §4.1.1.4
  noArguments: refuse(501, "5.5.4", "The command takes no arguments"),
  badHelo: refuse(501, "5.5.4", "HELO and EHLO take one domain or address literal"),
  badSenderSyntax: refuse(501, "5.1.7", "Bad sender address syntax"),
  badRecipientSyntax: refuse(501, "5.1.3", "Bad recipient address syntax"),
  needsSmtpUtf8: refuse(553, "5.6.7", "A non-ASCII address needs the SMTPUTF8 parameter"), // RFC 6531 §3.5
  tooManyRecipients: refuse(452, "4.5.3", "Too many recipients"), // RFC 5321 §4.5.3.1.10
  tooManyConnections: refuse(421, "4.3.2", "Too many connections, try again later"),
  tooManyFromClient: refuse(421, "4.7.0", "Too many connections from your address, try again later"),
  tooFast: refuse(421, "4.7.0", "Too many connections from your address in a minute, try again later"),
  tooManyErrorsOfClient: refuse(421, "4.7.0", "Too many errors from your address, try again later"),
  tooManyMessages: refuse(451, "4.7.0", "Too many messages from your address, try again later"),
  tooManyRecipientsOfClient: refuse(451, "4.7.0", "Too many recipients from your address, try again later"),
  sessionOver: refuse(421, "4.7.0", "The connection has lasted too long, closing it"),
  tooManyErrors: refuse(421, "4.7.0", "Too many errors, closing connection"),
  tooManyCommands: refuse(421, "4.7.0", "Too many commands without a message, closing connection"),
  tooSlow: refuse(421, "4.4.2", "Timeout, closing connection"),
  shuttingDown: refuse(421, "4.3.2", "Service shutting down"),
  noMemory: refuse(452, "4.3.1", "Too many large messages at the moment, try again later"), // RFC 1870 §6.3
  localError: refuse(451, "4.3.0", "Local error, try again later"),
  bareLineFeed: refuse(
    554,
    "5.6.0",
    "Message contains a bare LF; lines end with CRLF (RFC 5321 section 2.3.8)",
  ),
  bareCarriageReturn: refuse(
    554,
    "5.6.0",
    "Message contains a bare CR; lines end with CRLF (RFC 5321 section 2.3.8)",
  ),
  nul: refuse(554, "5.6.0", "Message contains a NUL octet"),
} as const satisfies Record<string, Reply | Refusal>;

/** RFC 1870 §6.1 and §6.3. */
export const tooLarge = (limitBytes: number): Refusal =>
  refuse(552, "5.3.4", `Message exceeds the size limit of ${limitBytes} octets`);

/** RFC 5321 §4.5.3.1.6. */
export const lineTooLong = (limitOctets: number): Refusal =>
  refuse(
    554,
    "5.6.0",
    `Message contains a line longer than ${limitOctets} octets (RFC 5321 section 4.5.3.1.6)`,
  );

const enhancedPrefix = /^[245]\.\d{1,3}\.\d{1,3} /;

/**
 * A backend's refusal made safe to send: codes outside 400..599, or an enhanced code of the wrong class (RFC 2034 §4
 * wants the first digits to agree), would confuse the peer's retry decision, so they become 451 4.3.0.
 */
export const checkedRefusal = (refusal: Refusal): Refusal => {
  const agrees =
    refusal.code >= 400 &&
    refusal.code <= 599 &&
    refusal.enhanced.startsWith(String(refusal.code).slice(0, 1)) &&
    enhancedPrefix.test(`${refusal.enhanced} `);
  return agrees ? refusal : replies.localError;
};

/** The reply's text with its enhanced code in front, as it stands on the wire. */
export const replyLine = (reply: Reply): string => `${reply.enhanced} ${reply.text}`;

/** Does the text begin with an enhanced status code already? */
export const carriesEnhancedCode = (text: string): boolean => enhancedPrefix.test(text);

/** The form in which smtp-server takes a refusal from its callbacks. */
export const replyError = (refusal: Refusal): Error & { responseCode: number } =>
  Object.assign(new Error(replyLine(refusal)), { responseCode: refusal.code });
