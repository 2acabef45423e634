import type { AddressInfo, Socket } from "node:net";
import { SMTPServer, type SMTPServerAddress, type SMTPServerSession } from "smtp-server";
import { SMTPConnection } from "smtp-server/lib/smtp-connection.js";
import { type SinkReply, type SinkTemper, temperByLocalPart } from "./smtp-sink-temper.ts";

/** A message as it crossed the wire. */
export interface SinkMessage {
  /** `""` for the null reverse-path. smtp-server turns A-labels of a domain into Unicode here and in `rcptTo`. */
  readonly mailFrom: string;
  /** The accepted recipients, in order. */
  readonly rcptTo: readonly string[];
  /** Upper-case ESMTP parameters of MAIL; `true` for one without a value. */
  readonly mailParameters: Readonly<Record<string, string | true>>;
  /** The octets, transparency dots removed. */
  readonly raw: Buffer;
  readonly receivedAt: Date;
  /** Cipher and version of the connection, `null` in clear text. */
  readonly tls: { readonly name: string; readonly version: string } | null;
  /** The first header field of that name (any case), unfolded; `undefined` when there is none. */
  readonly headers: { get(name: string): string | undefined };
}

/** A receiving SMTP server for tests of delivery, see {@link startSmtpSink}. */
export interface SmtpSink extends AsyncDisposable {
  readonly host: "127.0.0.1";
  readonly port: number;
  /** Received so far, in order. */
  readonly messages: readonly SinkMessage[];
  /** Connections accepted so far. */
  readonly connections: number;
  /** RCPT commands seen so far for this recipient. */
  attempts(recipient: string): number;
  /** Resolves with all messages once there are at least `count`; rejects after `timeoutMs`, saying how many came. */
  waitForMessages(count: number, timeoutMs: number): Promise<readonly SinkMessage[]>;
  /** Drops every connection and the port. */
  close(): Promise<void>;
}

const replyError = ({ code, enhanced, text }: SinkReply): Error =>
  Object.assign(new Error(enhanced === undefined ? text : `${enhanced} ${text}`), { responseCode: code });

const headersOf = (raw: Buffer): SinkMessage["headers"] => {
  const end = raw.indexOf("\r\n\r\n");
  const block = raw.subarray(0, end === -1 ? raw.length : end).toString();
  const fields = block.replace(/\r\n(?=[ \t])/g, "").split("\r\n"); // RFC 5322 §2.2.3
  return {
    get: (name) => {
      const field = fields.find(
        (line) => line.slice(0, line.indexOf(":")).toLowerCase() === name.toLowerCase(),
      );
      return field?.slice(field.indexOf(":") + 1).trim();
    },
  };
};

/**
 * Starts a real SMTP server on a free loopback port that keeps what it receives and has moods.
 *
 * @param options.hostname its name in the greeting; `sink.test` by default.
 * @param options.temper decides per recipient and attempt (1 for the first RCPT); {@link temperByLocalPart} by default.
 * @param options.tls PEM certificate and key: then STARTTLS is offered.
 * @param options.sizeLimitBytes offered as SIZE (RFC 1870), and enforced.
 */
export const startSmtpSink = async (
  options: {
    readonly hostname?: string;
    readonly temper?: SinkTemper;
    readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
    readonly sizeLimitBytes?: number;
  } = {},
): Promise<SmtpSink> => {
  const temper = options.temper ?? temperByLocalPart;
  const messages: SinkMessage[] = [];
  const attempts = new Map<string, number>();
  const refusalsAfterData = new Map<string, SinkReply>();
  const timers = new Set<NodeJS.Timeout>();
  const sockets = new Set<Socket>();
  const waiting = new Set<() => void>();
  let connections = 0;

  const socketOf = (session: SMTPServerSession): Socket | undefined =>
    [...server.connections].find((connection) => connection.session === session)?._socket;

  const onRcptTo = (
    { address }: SMTPServerAddress,
    session: SMTPServerSession,
    callback: (error?: Error | null) => void,
  ): void => {
    const attempt = (attempts.get(address) ?? 0) + 1;
    attempts.set(address, attempt);
    const mood = temper(address, attempt);
    if (mood === "accept") callback();
    else if (mood === "drop-connection") {
      socketOf(session)?.destroy();
      callback();
    } else if ("code" in mood) callback(replyError(mood));
    else if ("afterData" in mood) {
      refusalsAfterData.set(session.id, mood.afterData);
      callback();
    } else {
      const timer = setTimeout(() => {
        timers.delete(timer);
        callback();
      }, mood.delayMs);
      timers.add(timer);
    }
  };

  const server = new SMTPServer({
    logger: false,
    name: options.hostname ?? "sink.test",
    authOptional: true,
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: false,
    hideDSN: false,
    hideREQUIRETLS: false,
    disabledCommands: options.tls === undefined ? ["AUTH", "STARTTLS"] : ["AUTH"],
    ...options.tls,
    ...(options.sizeLimitBytes === undefined ? {} : { size: options.sizeLimitBytes, rejectOversized: true }),
    onMailFrom: (_address, session, callback) => {
      refusalsAfterData.delete(session.id);
      callback();
    },
    onRcptTo,
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.once("end", () => {
        const refusal = refusalsAfterData.get(session.id);
        if (refusal !== undefined) return callback(replyError(refusal));
        if (stream.sizeExceeded) return callback();
        const { mailFrom, rcptTo } = session.envelope;
        const raw = Buffer.concat(chunks);
        messages.push({
          mailFrom: mailFrom === false ? "" : mailFrom.address,
          rcptTo: rcptTo.map(({ address }) => address),
          mailParameters: (mailFrom !== false && mailFrom.args) || {},
          raw,
          receivedAt: new Date(),
          tls: session.tlsOptions === false ? null : session.tlsOptions,
          headers: headersOf(raw),
        });
        for (const wake of waiting) wake();
        return callback(null, `Ok: queued as sink-${messages.length}`);
      });
    },
    onClose: (session) => {
      refusalsAfterData.delete(session.id);
    },
  });
  server.connect = (socket, socketOptions) => {
    const connection = new SMTPConnection(server, socket, socketOptions);
    // The library greets after 100 ms, which would be most of the time a delivery takes in a test.
    connection.init = () => connection._setListeners(() => connection.connectionReady());
    // It also puts its own enhanced code before a text that has one.
    const send = connection.send.bind(connection);
    connection.send = (code, data, context) =>
      send(code, data, typeof data === "string" && /^[245]\.\d+\.\d+ /.test(data) ? false : context);
    connection.on("error", () => undefined);
    server.connections.add(connection);
    connection.init();
  };
  server.on("error", () => undefined);
  server.server.on("connection", (socket) => {
    connections += 1;
    for (const old of sockets) if (old.destroyed) sockets.delete(old);
    sockets.add(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.server.once("error", reject);
    server.server.listen({ port: 0, host: "127.0.0.1" }, resolve);
  });

  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= new Promise((resolve) => {
      for (const timer of timers) clearTimeout(timer);
      server.server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
    return closed;
  };

  return {
    host: "127.0.0.1",
    port: (server.server.address() as AddressInfo).port,
    messages,
    get connections() {
      return connections;
    },
    attempts: (recipient) => attempts.get(recipient) ?? 0,
    waitForMessages: (count, timeoutMs) =>
      new Promise((resolve, reject) => {
        const settle = (): void => {
          if (messages.length < count) return;
          stop();
          resolve(messages);
        };
        const timer = setTimeout(() => {
          stop();
          reject(new Error(`sink received ${messages.length} of ${count} messages in ${timeoutMs} ms`));
        }, timeoutMs);
        const stop = (): void => {
          clearTimeout(timer);
          waiting.delete(settle);
        };
        waiting.add(settle);
        settle();
      }),
    close,
    [Symbol.asyncDispose]: close,
  };
};
