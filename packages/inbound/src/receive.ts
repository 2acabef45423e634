import { formatDate, headerFieldRanges, readField } from "@waxwing/message";
import type { SmtpEnvelope, SmtpSession } from "@waxwing/protocols";

/** A message at our door, with how it came. */
export interface Arrival {
  /** Names it in the log, in its Received field and in the reply to the client. */
  readonly id: string;
  readonly receivedAtMs: number;
  readonly session: SmtpSession<never>;
  readonly envelope: SmtpEnvelope;
  /** As sent: every line ends in CRLF. */
  readonly raw: Buffer;
}

/** RFC 5321 §6.3 asks for at least 100 where counting is all there is; Postfix (hopcount_limit) and Gmail stop at 50. */
const MAX_RECEIVED_FIELDS = 50;

/** Has the message been passed around so often that it must be in a loop (RFC 5321 §6.3)? */
export function isLooping(raw: Buffer): boolean {
  let count = 0;
  for (const range of headerFieldRanges(raw)) {
    // "Received" has eight letters; only spaces may stand between them and the colon.
    if (range.colon - range.start < 8) continue;
    if (raw.toString("latin1", range.start, range.start + 8).toLowerCase() !== "received") continue;
    if (readField(raw, range).name.length === 8) count++;
  }
  return count > MAX_RECEIVED_FIELDS;
}

/**
 * The trace fields that final delivery adds on top (RFC 5321 §4.4): Return-Path and Received, both ending in CRLF. `for` is
 * written for a single recipient only: with several it would tell each of them about the others.
 */
export function traceFields(
  arrival: Arrival,
  hostname: string,
): { readonly returnPath: string; readonly received: string } {
  const { session, envelope, id, receivedAtMs } = arrival;
  const [only, ...others] = envelope.recipients;
  const clauses = [
    `from ${clientName(session.helo)} (${addressLiteral(session.remoteAddress)})`,
    `by ${hostname} with ${session.protocol} id ${id}`,
    ...(only !== undefined && others.length === 0 ? [`for <${only.address}>`] : []),
    ...(session.tls === null ? [] : [`tls ${session.tls.cipher}`]), // RFC 8314 §4.3
  ];
  return {
    returnPath: `Return-Path: <${envelope.sender.address}>\r\n`,
    received: `Received: ${clauses.join("\r\n ")};\r\n ${formatDate(new Date(receivedAtMs))}\r\n`,
  };
}

/** The name the client gave. It may be any printable text, and must not pass for other clauses or comments of ours. */
function clientName(helo: string | null): string {
  return helo === null || helo === "" ? "unknown" : helo.replace(/[^\w.:[\]-]/g, "?");
}

/** RFC 5321 §4.1.3. */
function addressLiteral(address: string): string {
  return address.includes(":") ? `[IPv6:${address}]` : `[${address}]`;
}
