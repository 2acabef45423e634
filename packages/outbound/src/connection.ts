import type { SecureContext } from "node:tls";
import {
  openSmtpConnection,
  type SmtpClientTimeouts,
  type SmtpConnection,
  type SmtpTlsPolicy,
} from "@waxwing/protocols";
import type { DeliveryOutcome } from "./outcome.ts";
import type { NextHop } from "./route.ts";
import { verdictOn, verdictOnOpening, verdictWhereTlsIsRequired } from "./smtp-outcome.ts";

/** A message on the wire: envelope and bytes. */
export interface OutgoingMessage {
  readonly reversePath: string;
  readonly recipient: string;
  readonly raw: Buffer;
  readonly is8bit: boolean;
  /** RFC 8689: over verified TLS only, to a server that promises the same. */
  readonly requireTls?: boolean;
}

/** A connection to one server that takes messages one after the other. */
export interface Connection {
  readonly send: (message: OutgoingMessage) => Promise<DeliveryOutcome>;
  /** False once it cannot take another message. */
  readonly usable: () => boolean;
  /** Says QUIT. */
  readonly close: () => void;
}

/** The answer to a try to connect: a connection, or the outcome that it did not come about. */
export type Connecting =
  | { readonly kind: "connected"; readonly connection: Connection }
  | { readonly kind: "failed"; readonly outcome: DeliveryOutcome };

/** How connections are made. */
export interface ConnectOptions {
  /** The name in EHLO. */
  readonly helo: string;
  readonly timeouts: SmtpClientTimeouts;
  readonly secureContext: SecureContext;
  /** Aborted, it cuts the connection in whatever state it is: what was under way comes to its outcome at once. */
  readonly signal: AbortSignal;
}

/**
 * Opens a connection: greeting, EHLO, STARTTLS when offered (opportunistic, RFC 7435: any certificate is better than none). When
 * the TLS handshake fails the same server is tried once more in the clear, as opportunism means.
 *
 * @param requireTls RFC 8689 §4.2.1: TLS, with a certificate that is trusted and made out to the host, or no connection.
 */
export async function connect(
  hop: NextHop,
  options: ConnectOptions,
  requireTls = false,
): Promise<Connecting> {
  if (requireTls) return await open(hop, options, "required");
  const first = await open(hop, options, "opportunistic");
  if (first.kind === "failed" && first.outcome.rule === "connect.tls-handshake")
    return await open(hop, options, "none");
  return first;
}

async function open(hop: NextHop, options: ConnectOptions, mode: SmtpTlsPolicy["mode"]): Promise<Connecting> {
  const { helo, timeouts, secureContext, signal } = options;
  const opening = await openSmtpConnection({
    host: hop.host,
    port: hop.port,
    helo,
    timeouts,
    signal,
    tls: {
      mode,
      verify: mode === "required" ? { kind: "names", names: [hop.host] } : { kind: "none" },
      secureContext,
    },
  });
  if (opening.kind === "open")
    return { kind: "connected", connection: connectionOver(opening.connection, hop) };
  return {
    kind: "failed",
    outcome: {
      ...(mode === "required" ? verdictWhereTlsIsRequired(opening) : verdictOnOpening(opening)),
      host: hop.host,
      remoteAddress: opening.remoteAddress,
      tls: null,
      conversation: opening.conversation,
    },
  };
}

function connectionOver(smtp: SmtpConnection, hop: NextHop): Connection {
  const facts = {
    host: hop.host,
    remoteAddress: smtp.remoteAddress,
    tls: smtp.tls && { version: smtp.tls.version, cipher: smtp.tls.cipher, verified: smtp.tls.verified },
  };
  let sent = 0;
  return {
    usable: smtp.usable,
    close: smtp.close,
    send: async ({ reversePath, recipient, raw, is8bit, requireTls = false }) => {
      const reused = sent++ > 0;
      const { recipients, conversation } = await smtp.send(
        { reversePath, recipients: [{ address: recipient }], body8bit: is8bit, requireTls },
        raw,
      );
      const [result] = recipients;
      if (result === undefined) throw new Error("a recipient without a result");
      return { ...verdictOn(result, reused), ...facts, conversation };
    },
  };
}
