import type { AddressInfo, Socket } from "node:net";
import { createSecureContext } from "node:tls";
import { SMTPServer, type SMTPServerSession } from "smtp-server";
import type { BearerHint } from "../wire/sasl-bearer.ts";
import type { SmtpBackend, SmtpErrorEvent } from "./backend.ts";
import { createCertificateReload, type SmtpCertificate } from "./certificate.ts";
import { createClientWatch, noClientLimits, type SmtpClientLimits } from "./client-limits.ts";
import { GuardedConnection } from "./connection.ts";
import { createDataBudget } from "./data-budget.ts";
import { guardFreedTls } from "./freed-tls.ts";
import { defaultSmtpLimits, type SmtpLimits } from "./limits.ts";
import type { ConnectionPolicy } from "./policy.ts";
import { replyError } from "./reply.ts";

/** What an SMTP server needs. `P` is the backend's idea of who is logged in. */
export interface SmtpServerOptions<P> {
  /** `submission` (587, 465): mail only after AUTH. `inbound` (25): no AUTH. */
  readonly kind: "submission" | "inbound";
  /** `implicit`: TLS from the first octet. `starttls`: clear text, offered to upgrade. TLS 1.2 at least. */
  readonly tls: "implicit" | "starttls";
  /** The current PEM certificate; asked once per connection, so that a new one needs no restart. */
  readonly secureContext: () => SmtpCertificate;
  /** `loopback` takes passwords without TLS from 127.0.0.0/8 and ::1. */
  readonly plaintextAuth: "never" | "loopback";
  /** Of one message, octets. */
  readonly sizeLimitBytes: number;
  /** Of one message. RFC 5321 §4.5.3.1.8 asks for at least 100. */
  readonly maxRecipients: number;
  /** At one time; the next one reads 421 4.3.2. */
  readonly maxConnections: number;
  /** Our name in the greeting. */
  readonly hostname: string;
  readonly backend: SmtpBackend<P>;
  /** Hears what no peer should read. Must not throw. */
  readonly onError: (event: SmtpErrorEvent) => void;
  /** Offer DSN (RFC 3461) and parse its parameters; the caller then honours them. Default `true`. */
  readonly dsn?: boolean;
  /** Offer REQUIRETLS (RFC 8689) on TLS sessions; the caller then honours it. Default `false`. */
  readonly requireTls?: boolean;
  /** Takes bearer tokens (XOAUTH2, OAUTHBEARER) beside passwords; says what a refused client is told. Default: none. */
  readonly bearer?: BearerHint;
  /** Over {@link defaultSmtpLimits}. */
  readonly limits?: Partial<SmtpLimits>;
  /** What one client may do over all its connections. Default: anything. */
  readonly clientLimits?: SmtpClientLimits;
}

/** A listening SMTP server, see {@link createSmtpServer}. */
export interface SmtpServer {
  /** Binds and accepts. `port` 0 takes a free one. Rejects with the system's error (`EADDRINUSE`, `EACCES`), or
   * without a usable certificate. */
  listen(port: number, host: string): Promise<{ readonly port: number }>;
  /**
   * Stops accepting at once, tells idle peers 421 4.3.2, lets transactions under way end within `graceMs`, then tells
   * the rest 421 4.3.2. Resolves when every socket is gone, at most 500 ms after `graceMs`. May be called again.
   */
  close(graceMs: number): Promise<void>;
}

// Between the last 421 and dropping the sockets: a round trip for the peer to read it. Under the 500 ms of close().
const farewellMs = 300;
// Sockets above maxConnections that may read their 421; beyond that the kernel's accept is all they get.
const refusalHeadroom = 64;

const errorEvent = (error: Error): SmtpErrorEvent => {
  const { meta, remoteAddress } = error as Error & {
    meta?: { stage?: string; remoteAddress?: string };
    remoteAddress?: string;
  };
  const kind = meta?.stage === "connect" ? "tls-handshake" : "connection";
  return { kind, error, remoteAddress: remoteAddress ?? meta?.remoteAddress ?? null };
};

/**
 * An SMTP server (RFC 5321) for submission (RFC 6409) or inbound mail, on smtp-server. Nothing listens before
 * `listen`. See {@link SmtpBackend} for what it asks, `RFC.md` for what it speaks.
 */
export const createSmtpServer = <P>(options: SmtpServerOptions<P>): SmtpServer => {
  guardFreedTls();
  const limits: SmtpLimits = { ...defaultSmtpLimits, ...options.limits };
  const policy: ConnectionPolicy<P> = {
    kind: options.kind,
    plaintextAuth: options.plaintextAuth,
    sizeLimitBytes: options.sizeLimitBytes,
    maxRecipients: options.maxRecipients,
    maxConnections: options.maxConnections,
    dsn: options.dsn ?? true,
    requireTls: options.requireTls ?? false,
    bearer: options.bearer ?? null,
    limits,
    clients: options.clientLimits === undefined ? noClientLimits : createClientWatch(options.clientLimits),
    memory: createDataBudget(limits.messageMemoryBytes),
    backend: options.backend,
    report: options.onError,
  };
  const live = new Map<SMTPServerSession, GuardedConnection<P>>();
  const of = (session: SMTPServerSession): GuardedConnection<P> => {
    const connection = live.get(session);
    if (connection === undefined) throw new Error(`no connection for session ${session.id}`);
    return connection;
  };

  const server = new SMTPServer({
    logger: false,
    name: options.hostname,
    secure: options.tls === "implicit",
    minVersion: "TLSv1.2", // RFC 8996
    disableReverseLookup: true,
    // GuardedConnection decides who may AUTH and who may MAIL; the library's own gates know no loopback.
    authOptional: true,
    allowInsecureAuth: true,
    authMethods: ["PLAIN", "LOGIN"],
    disabledCommands: ["WIZ", "SHELL", "KILL", "XCLIENT", "XFORWARD"],
    maxClients: options.maxConnections,
    maxCommandLength: limits.commandLineOctets,
    socketTimeout: limits.idleTimeoutMs,
    onConnect: (session, callback) => {
      const answer = of(session).welcome();
      answer.then((result) => callback(result.kind === "ok" ? null : replyError(result))).catch(callback);
    },
    onSecure: (_socket, session, callback) => {
      of(session).secured();
      callback();
    },
    onAuth: (auth, session, callback) => of(session).authenticate(auth, callback),
    onData: (stream, session, callback) => of(session).receive(stream, callback),
    onClose: (session) => {
      live.get(session)?.released();
      live.delete(session);
    },
  });
  server.connect = (socket, socketOptions) => {
    const connection = new GuardedConnection(server, socket, socketOptions, policy);
    live.set(connection.session, connection);
    server.connections.add(connection);
    connection.on("error", (error: Error) => server._onError(error));
    connection.init();
  };
  // An "error" event without a listener ends the process: one garbage handshake would be enough.
  server.on("error", (error: NodeJS.ErrnoException) => {
    if (error.syscall !== "listen") options.onError(errorEvent(error)); // listen() rejects with that one
  });
  server.server.maxConnections = options.maxConnections + refusalHeadroom;

  const reloadCertificate = createCertificateReload(
    options.secureContext,
    ({ key, cert }) => {
      // Throws on what is no certificate. The library would only find out after it dropped the one in use.
      createSecureContext({ key, cert });
      server.updateSecureContext({ key, cert });
    },
    (error) => options.onError({ kind: "certificate", error }),
  );
  server.server.prependListener("connection", (socket: Socket) => {
    // The library listens for errors only a tick later; a reset in that gap would end the process.
    socket.on("error", () => undefined);
    reloadCertificate();
    if (options.tls !== "implicit") return;
    // The idle time-out does not bound a handshake that arrives octet by octet. The topmost socket is destroyed, as
    // tearing a TLS socket down from below is not safe in Node.
    const timer = setTimeout(() => server._pendingSockets.get(socket)?.destroy(), limits.handshakeTimeoutMs);
    timer.unref();
    socket.once("close", () => clearTimeout(timer));
  });

  let closed: Promise<void> | undefined;
  const shutDown = async (graceMs: number): Promise<void> => {
    const gone = new Promise<void>((resolve) => server.server.close(() => resolve()));
    for (const socket of server._pendingSockets.values()) socket.destroy();
    for (const connection of live.values()) connection.drain();
    const interrupt = setTimeout(() => {
      for (const connection of live.values()) connection.interrupt();
    }, graceMs);
    const cut = setTimeout(() => {
      for (const connection of live.values()) connection.cut();
    }, graceMs + farewellMs);
    await gone;
    clearTimeout(interrupt);
    clearTimeout(cut);
  };

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        // smtp-server would serve the certificate of its own tests, whose key is public.
        if (!reloadCertificate())
          return reject(new Error("no usable TLS certificate; its cause went to onError"));
        server.server.once("error", reject);
        server.server.listen({ port, host }, () => {
          server.server.removeListener("error", reject);
          resolve({ port: (server.server.address() as AddressInfo).port });
        });
      }),
    close: (graceMs) => {
      closed ??= shutDown(graceMs);
      return closed;
    },
  };
};
