import { Readable } from "node:stream";
import { TLSSocket } from "node:tls";
import type { StoredTls } from "@waxwing/store";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import { type DeliveryOutcome, enhancedCodeOf } from "./outcome.ts";
import type { NextHop } from "./route.ts";

/** A message on the wire: envelope and bytes. */
export interface OutgoingMessage {
  readonly reversePath: string;
  readonly recipient: string;
  readonly raw: Buffer;
  readonly is8bit: boolean;
}

/** A connection to one server that takes messages one after the other. */
export interface Connection {
  readonly send: (message: OutgoingMessage) => Promise<DeliveryOutcome>;
  /** False once it cannot take another message. */
  readonly usable: () => boolean;
  /** Says QUIT. */
  readonly close: () => void;
}

/** RFC 5321 §4.5.3.2: how long the client waits, in ms. */
export interface ConnectionTimeouts {
  readonly connectMs: number;
  /** §4.5.3.2.1 */
  readonly greetingMs: number;
  /** §4.5.3.2.6: the longest of the others, the answer to the final dot. */
  readonly idleMs: number;
}

export const RFC_TIMEOUTS: ConnectionTimeouts = { connectMs: 60_000, greetingMs: 300_000, idleMs: 600_000 };

/** The answer to a try to connect: a connection, or the outcome that it did not come about. */
export type Connecting =
  | { readonly kind: "connected"; readonly connection: Connection }
  | { readonly kind: "failed"; readonly outcome: DeliveryOutcome };

/**
 * Opens a connection: greeting, EHLO, STARTTLS when offered (opportunistic, RFC 7435: any certificate is better than none). When
 * the TLS handshake fails the same server is tried once more in the clear, as opportunism means.
 *
 * @param options.helo the name in EHLO
 * @param options.signal aborted, it cuts the connection in whatever state it is: what was under way comes to its outcome at once.
 */
export async function connect(hop: NextHop, options: ConnectOptions): Promise<Connecting> {
  const first = await open(hop, options, "opportunistic");
  if (first.kind === "failed" && first.outcome.rule === "connect.tls-handshake")
    return await open(hop, options, "none");
  return first;
}

/** How connections are made. */
export interface ConnectOptions {
  readonly helo: string;
  readonly timeouts: ConnectionTimeouts;
  readonly signal: AbortSignal;
}

function open(hop: NextHop, options: ConnectOptions, tls: "opportunistic" | "none"): Promise<Connecting> {
  const { helo, timeouts, signal } = options;
  const smtp = new SMTPConnection({
    host: hop.host,
    port: hop.port,
    name: helo,
    connectionTimeout: timeouts.connectMs,
    greetingTimeout: timeouts.greetingMs,
    socketTimeout: timeouts.idleMs,
    // A stray server must not hold megabytes of ours with one reply.
    maxResponseSize: 64 * 1024,
    ...(tls === "none"
      ? { ignoreTLS: true }
      : { opportunisticTLS: true, tls: { rejectUnauthorized: false, minVersion: "TLSv1.2" as const } }),
  });
  return new Promise((resolve) => {
    let connected = false;
    const fail = (error: SmtpError): void => {
      if (!connected) resolve({ kind: "failed", outcome: connectFailure(error, hop) });
    };
    // Stays for the connection's life: what breaks between two messages only makes it unusable.
    smtp.on("error", fail);
    smtp.once("end", () => fail(new Error("the server closed the connection")));
    onceAborted(signal, smtp, () => {
      smtp.close();
      fail(new Error("stopped before the connection was made"));
    });
    smtp.connect((error) => {
      if (error) {
        fail(error);
        return;
      }
      connected = true;
      resolve({ kind: "connected", connection: connectionOver(smtp, hop, signal) });
    });
    if (signal.aborted) {
      smtp.close();
      fail(new Error("stopped before the connection was made"));
    }
  });
}

/** Calls back when the signal is aborted while the connection lives. */
function onceAborted(signal: AbortSignal, smtp: SMTPConnection, callback: () => void): void {
  signal.addEventListener("abort", callback, { once: true });
  smtp.once("end", () => signal.removeEventListener("abort", callback));
}

function connectionOver(smtp: SMTPConnection, hop: NextHop, signal: AbortSignal): Connection {
  let usable = true;
  smtp.once("end", () => {
    usable = false;
  });
  smtp.on("error", () => {
    usable = false;
  });
  const socket = smtp._socket;
  const facts = {
    host: hop.host,
    remoteAddress: (socket !== false && socket !== null && socket?.remoteAddress) || null,
    tls: tlsFacts(socket),
  };
  return {
    usable: () => usable,
    close: () => {
      usable = false;
      smtp.quit();
    },
    send: (message) =>
      new Promise((resolve) => {
        let bodySent = false;
        // The client forgets a message under way when it is closed from our side, so its outcome is told here.
        const onAbort = (): void => {
          usable = false;
          resolve({
            ...facts,
            ...sendFailure(new Error("stopped while the message was under way"), bodySent),
          });
        };
        signal.addEventListener("abort", onAbort, { once: true });
        const body = Readable.from([message.raw]);
        body.once("end", () => {
          bodySent = true;
        });
        const envelope = {
          from: message.reversePath,
          to: [message.recipient],
          size: message.raw.length,
          use8BitMime: message.is8bit,
        };
        smtp.send(envelope, body, (error, info) => {
          signal.removeEventListener("abort", onAbort);
          if (error === null || error === undefined) {
            const reply = info?.response ?? "";
            resolve({
              ...facts,
              kind: "delivered",
              retry: "never",
              replyCode: Number.parseInt(reply, 10) || 250,
              enhancedCode: enhancedCodeOf(reply),
              reply,
              rule: "reply.2xx",
              remoteSpoke: true,
            });
            return;
          }
          const outcome = sendFailure(error, bodySent);
          // Only a refusal of this one transaction leaves the session as it was.
          if (!outcome.remoteSpoke || outcome.replyCode === 421) {
            usable = false;
            smtp.close();
          }
          if (!usable) {
            resolve({ ...facts, ...outcome });
            return;
          }
          smtp.reset((resetError) => {
            if (resetError) usable = false;
            resolve({ ...facts, ...outcome });
          });
        });
      }),
  };
}

type SmtpError = Error & {
  readonly code?: string | undefined;
  readonly response?: string | undefined;
  readonly responseCode?: number | undefined;
};

type Refusal = Omit<DeliveryOutcome, "host" | "remoteAddress" | "tls">;

/** RFC 5321 §4.2.1: 4yz is transient, 5yz permanent. Anything else that ends a transaction is a broken server: later. */
function sendFailure(error: SmtpError, bodySent: boolean): Refusal {
  const reply = error.response || error.message;
  const replyCode = error.responseCode ?? null;
  if (replyCode !== null && error.response) {
    const facts = { replyCode, enhancedCode: enhancedCodeOf(error.response), reply, remoteSpoke: true };
    if (replyCode >= 500) return { ...facts, kind: "bounced", retry: "never", rule: "reply.5xx" };
    return {
      ...facts,
      kind: "deferred",
      retry: "later",
      rule: replyCode >= 400 ? "reply.4xx" : "reply.unexpected",
    };
  }
  // Refused by our own client before anything was sent: too large for what the server advertised, or no address it could write.
  if (error.code === "EMESSAGE" || error.code === "EENVELOPE") {
    return {
      kind: "bounced",
      retry: "never",
      replyCode: null,
      enhancedCode: error.code === "EMESSAGE" ? "5.3.4" : "5.1.3",
      reply,
      rule: error.code === "EMESSAGE" ? "local.too-large-for-server" : "local.bad-envelope",
      remoteSpoke: false,
    };
  }
  const silent = { replyCode: null, enhancedCode: null, reply, remoteSpoke: false };
  return bodySent
    ? { ...silent, kind: "unknown", retry: "later", rule: "connection.lost-after-data" }
    : { ...silent, kind: "deferred", retry: "other-host", rule: "connection.lost" };
}

/** A server that cannot be reached, or does not greet us with 220, says nothing about the recipient: the next one may. */
function connectFailure(error: SmtpError, hop: NextHop): DeliveryOutcome {
  return {
    kind: "deferred",
    retry: "other-host",
    replyCode: error.responseCode ?? null,
    enhancedCode: error.response ? enhancedCodeOf(error.response) : null,
    reply: error.response || error.message,
    host: hop.host,
    remoteAddress: null,
    tls: null,
    rule: connectRule(error),
    remoteSpoke: Boolean(error.response),
  };
}

function connectRule(error: SmtpError): string {
  // A handshake that hangs comes as ETIMEDOUT, told apart by its text only.
  if (error.code === "ETLS" || error.message.startsWith("TLS handshake")) return "connect.tls-handshake";
  return error.response ? "connect.refused" : "connect.failed";
}

function tlsFacts(socket: unknown): StoredTls | null {
  // Asked after its end, node's TLS socket reads freed memory.
  if (!(socket instanceof TLSSocket) || socket.destroyed) return null;
  return {
    version: socket.getProtocol() ?? "",
    cipher: socket.getCipher()?.name ?? "",
    verified: socket.authorized,
  };
}
