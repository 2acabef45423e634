/**
 * Why a connection came to nothing without an answer that would decide.
 *
 * - `timeout`: the server took longer than the stage allows;
 * - `closed`: the server hung up, or said 421 while nothing was asked;
 * - `socket`: the operating system's error, its code in the message;
 * - `nonsense`: what came is no SMTP, or answers nothing that was asked;
 * - `aborted`: stopped from our side;
 * - `tls-handshake`, `tls-certificate`: TLS did not come about, or came about with somebody who cannot prove who they are;
 * - `tls-not-offered`: the policy asks for TLS and the server has none;
 * - `auth-impossible`: no mechanism in common, or no TLS to say a password in.
 */
export interface SmtpFault {
  readonly kind: "fault";
  readonly code:
    | "timeout"
    | "closed"
    | "socket"
    | "nonsense"
    | "aborted"
    | "tls-handshake"
    | "tls-certificate"
    | "tls-not-offered"
    | "auth-impossible";
  readonly message: string;
  /** With `tls-certificate`. */
  readonly flaw?: CertificateFlaw;
}

export const fault = (code: SmtpFault["code"], message: string): SmtpFault => ({
  kind: "fault",
  code,
  message,
});

/**
 * What a certificate lacks: `expired` (or not valid yet), `host-mismatch` (trusted, made out to somebody else), `not-trusted`, or
 * `check-failed` (an injected check said so).
 */
export type CertificateFlaw = "expired" | "host-mismatch" | "not-trusted" | "check-failed";

/** An error of the socket: a server that hangs up in the middle of our sending shows as one too. */
export function socketFault(error: Error & { readonly code?: string }): SmtpFault {
  const hungUp = error.code === "ECONNRESET" || error.code === "EPIPE";
  return fault(hungUp ? "closed" : "socket", error.message);
}
