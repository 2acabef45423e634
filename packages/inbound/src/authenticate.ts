import {
  type AuthenticationResults,
  authenticateMessage,
  type KeyMemory,
  type Resolver,
} from "@waxwing/seal";
import type { Arrival } from "./receive.ts";

/** For all look-ups of one message. The client waits meanwhile, and it has 10 minutes (RFC 5321 §4.5.3.2.6); we are quicker. */
const TIMEOUT_MS = 5_000;

/**
 * The authentication stage: SPF, DKIM, DMARC and ARC. What it finds decides a folder and is written into the message; it refuses no
 * mail, so a DNS that is away costs nobody a message. Never throws; results that could not be had are temperrors.
 *
 * @param mta our host name, the authserv-id of the field (RFC 8601 §2.5).
 */
export function authenticate(
  arrival: Arrival,
  mta: string,
  dns: { readonly resolver: Resolver; readonly keys: KeyMemory },
): Promise<AuthenticationResults> {
  const { session, envelope, raw } = arrival;
  return authenticateMessage({
    raw,
    remoteIp: session.remoteAddress,
    helo: session.helo ?? "unknown",
    mailFrom: envelope.sender.address,
    mta,
    ...dns,
    timeoutMs: TIMEOUT_MS,
  });
}
