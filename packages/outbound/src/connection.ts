import type { SecureContext } from "node:tls";
import {
  openSmtpConnection,
  type SmtpClientTimeouts,
  type SmtpConnection,
  type SmtpTlsPolicy,
} from "@waxwing/protocols";
import type { DeliveryOutcome } from "./outcome.ts";
import type { NextHop } from "./routing/route.ts";
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
  /** The source address; the system's choice when absent. */
  readonly localAddress?: string;
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
  if (requireTls) return await open(hop, options, WITH_PROOF, true);
  switch (hop.tls ?? "opportunistic") {
    case "none":
      return await open(hop, options, { mode: "none", proof: false });
    case "required":
      return await open(hop, options, { mode: "required", proof: false });
    case "verified":
      return await open(hop, options, WITH_PROOF);
    case "opportunistic": {
      const first = await open(hop, options, { mode: "opportunistic", proof: false });
      if (first.kind === "failed" && first.outcome.rule === "connect.tls-handshake")
        return await open(hop, options, { mode: "none", proof: false });
      return first;
    }
  }
}

const WITH_PROOF = { mode: "required", proof: true } as const;

/** @param tls.proof a certificate that is trusted and made out to the host */
async function open(
  hop: NextHop,
  options: ConnectOptions,
  tls: { readonly mode: SmtpTlsPolicy["mode"]; readonly proof: boolean },
  requireTls = false,
): Promise<Connecting> {
  const { helo, localAddress, timeouts, secureContext, signal } = options;
  const { host, port, addresses, implicitTls, login } = hop;
  const opening = await openSmtpConnection({
    host,
    port,
    ...(addresses !== undefined && { addresses }),
    ...(localAddress !== undefined && { localAddress }),
    ...(implicitTls !== undefined && { implicitTls }),
    ...(login !== undefined && { login }),
    helo,
    timeouts,
    signal,
    tls: {
      mode: tls.mode,
      verify: tls.proof ? { kind: "names", names: [host] } : { kind: "none" },
      secureContext,
    },
  });
  if (opening.kind === "open")
    return { kind: "connected", connection: connectionOver(opening.connection, hop) };
  return {
    kind: "failed",
    outcome: {
      ...(requireTls ? verdictWhereTlsIsRequired(opening) : verdictOnOpening(opening)),
      host,
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
