import type { SecureContext } from "node:tls";
import {
  openSmtpConnection,
  type SmtpClientTimeouts,
  type SmtpConnection,
  type SmtpOpening,
} from "@waxwing/protocols";
import { joinConversations } from "./join-conversations.ts";
import type { DeliveryOutcome } from "./outcome.ts";
import type { NextHop } from "./routing/route.ts";
import {
  type Verdict,
  verdictOn,
  verdictOnOpening,
  verdictWherePolicyHolds,
  verdictWhereTlsIsRequired,
} from "./smtp-outcome.ts";
import type { TlsSession, UsablePlan } from "./tls/tls-plan.ts";

/** A message on the wire: envelope and bytes. */
export interface OutgoingMessage {
  readonly reversePath: string;
  readonly recipient: string;
  readonly raw: Buffer;
  readonly is8bit: boolean;
  /** RFC 8689: over verified TLS only, to a server that promises the same. */
  readonly requireTls?: boolean;
  /** Whose TLS settings hold; absent: nobody's. */
  readonly projectId?: string;
  /** RFC 8689 §5: it goes out whatever the TLS policies of its recipient's domain say. */
  readonly tlsOptional?: boolean;
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
 * Opens a connection: greeting, EHLO, STARTTLS as the plan says. When an opportunistic TLS handshake fails the same server is tried
 * once more in the clear, as opportunism means (RFC 7435); no other plan ever is.
 */
export async function connect(hop: NextHop, options: ConnectOptions, plan: UsablePlan): Promise<Connecting> {
  const first = await open(hop, options, plan);
  if (plan.mode !== "opportunistic") return first;
  if (first.kind === "connected" || first.outcome.rule !== "connect.tls-handshake") return first;
  const second = await open(hop, options, { ...plan, mode: "none" });
  const told = (outcome: DeliveryOutcome): DeliveryOutcome => ({
    ...outcome,
    conversation: joinConversations(first.outcome.conversation, outcome.conversation),
  });
  if (second.kind === "failed") return { kind: "failed", outcome: told(second.outcome) };
  const { connection } = second;
  return {
    kind: "connected",
    connection: { ...connection, send: async (message) => told(await connection.send(message)) },
  };
}

async function open(hop: NextHop, options: ConnectOptions, plan: UsablePlan): Promise<Connecting> {
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
    tls: { mode: plan.mode, verify: plan.verify, secureContext },
  });
  const session = plan.mode === "none" ? null : sessionOf(opening);
  if (session !== null) plan.observe(session);
  if (opening.kind === "open")
    return { kind: "connected", connection: connectionOver(opening.connection, hop) };
  return {
    kind: "failed",
    outcome: {
      ...verdictOf(opening, plan),
      host,
      remoteAddress: opening.remoteAddress,
      tls: null,
      conversation: opening.conversation,
    },
  };
}

function verdictOf(opening: Exclude<SmtpOpening, { readonly kind: "open" }>, plan: UsablePlan): Verdict {
  if (plan.bounces) return verdictWhereTlsIsRequired(opening);
  return plan.mode === "required" ? verdictWherePolicyHolds(opening, plan.reason) : verdictOnOpening(opening);
}

/** What became of TLS; null where it did not come to it. */
function sessionOf(opening: SmtpOpening): TlsSession | null {
  if (opening.kind === "open") {
    const { remoteAddress, tls } = opening.connection;
    return tls === null
      ? { kind: "not-offered", remoteAddress }
      : { kind: "secured", remoteAddress, facts: tls };
  }
  const { stage, remoteAddress } = opening;
  if (stage === "starttls") return { kind: "not-offered", remoteAddress };
  return stage === "tls" && opening.kind === "failed"
    ? { kind: "broken", remoteAddress, fault: opening.fault }
    : null;
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
