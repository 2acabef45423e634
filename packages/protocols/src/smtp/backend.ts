import type { SmtpEnvelope, SmtpRecipient, SmtpSender } from "./envelope.ts";
import type { Refusal } from "./reply.ts";

/** What is known of a connection at the moment of a call; a snapshot, keyed by `id` across calls. */
export interface SmtpSession<P> {
  /** Unique per connection. */
  readonly id: string;
  /** IPv4-mapped addresses arrive as IPv4. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** The argument of HELO or EHLO, `null` before it. */
  readonly helo: string | null;
  /** The `with` word of a Received field (RFC 3848, RFC 6531 §4.3): SMTP, ESMTP, ESMTPS, ESMTPSA, UTF8SMTPS... */
  readonly protocol: string;
  /** `version` as `TLSv1.3`, `cipher` by its IANA name; `null` in clear text. */
  readonly tls: { readonly version: string; readonly cipher: string } | null;
  /** Who logged in; `null` before AUTH and on an inbound server. */
  readonly principal: P | null;
}

/** A login attempt. Never log `password` or `token`. */
export type SmtpCredentials = { readonly remoteAddress: string; readonly sessionId: string } & (
  | { readonly mechanism: "PLAIN" | "LOGIN"; readonly username: string; readonly password: string }
  /** A bearer token; the user name is empty where the client left it to the token (OAUTHBEARER). */
  | { readonly mechanism: "XOAUTH2" | "OAUTHBEARER"; readonly username: string; readonly token: string }
);

/**
 * What the SMTP server asks of the program around it. `P` is the program's own idea of who is logged in.
 *
 * Each call answers with `ok` or with the refusal the peer is to read; an expected "no" is never an exception. A call
 * that throws is a bug or a failed dependency: the peer reads 451 4.3.0 and may retry, the cause goes to `onError`.
 * A refusal with code 421 closes the connection. The peer waits while a call runs; no time-out of the server counts.
 */
export interface SmtpBackend<P> {
  /** Optional: before the greeting. Refuse with 421 or 554. */
  connect?(session: SmtpSession<P>): Promise<{ readonly kind: "ok" } | Refusal>;
  /** AUTH. Without it the server does not offer AUTH, and a submission server takes no mail at all. */
  authenticate?(
    credentials: SmtpCredentials,
  ): Promise<{ readonly kind: "ok"; readonly principal: P } | Refusal>;
  /** MAIL FROM. */
  mailFrom(session: SmtpSession<P>, sender: SmtpSender): Promise<{ readonly kind: "ok" } | Refusal>;
  /** RCPT TO; `envelope` holds what was accepted before. */
  rcptTo(
    session: SmtpSession<P>,
    recipient: SmtpRecipient,
    envelope: SmtpEnvelope,
  ): Promise<{ readonly kind: "ok" } | Refusal>;
  /**
   * The final dot. `raw` is the message as sent, dots removed, every line ending in CRLF. `ok` means the message is
   * durable: the client will forget it. `queueId` is shown to the client: `250 2.0.0 Ok: queued as <queueId>`.
   */
  message(
    session: SmtpSession<P>,
    envelope: SmtpEnvelope,
    raw: Buffer,
  ): Promise<{ readonly kind: "ok"; readonly queueId: string } | Refusal>;
}

/** What went wrong behind the scenes. Peers that misbehave within SMTP only read replies and do not show up here. */
export type SmtpErrorEvent =
  /** A handshake that failed: garbage, an old protocol, a peer that left. */
  | { readonly kind: "tls-handshake"; readonly error: Error; readonly remoteAddress: string | null }
  /** A socket that broke inside a mail transaction. */
  | { readonly kind: "connection"; readonly error: Error; readonly remoteAddress: string | null }
  /** A backend call that threw. */
  | {
      readonly kind: "backend";
      readonly error: unknown;
      readonly call: keyof SmtpBackend<unknown>;
      readonly sessionId: string;
    }
  /** A certificate that could not be read or is no certificate; the previous one stays in use. */
  | { readonly kind: "certificate"; readonly error: unknown };
