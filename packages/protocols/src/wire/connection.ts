import type { Socket } from "node:net";
import type { SecureContext, TLSSocket } from "node:tls";
import {
  type ByteReader,
  createByteReader,
  type ReadBytes,
  type ReadEnd,
  type ReadLine,
} from "./byte-reader.ts";
import type { WireClock } from "./clock.ts";
import { createDeflateLayer, type DeflateLayer } from "./deflate-layer.ts";
import { isLoopback } from "./loopback.ts";
import { upgradeToTls } from "./tls-upgrade.ts";

/** Quiet time after which the system asks whether the peer is still there. */
const KEEP_ALIVE_MS = 120_000;

/**
 * One client connection, before and after TLS.
 *
 * Invariants: there is always an error handler on every socket, so a peer that vanishes is the end of a read and
 * never an exception; writes to a dead peer are dropped; `flush` is the only place that waits for the peer to read,
 * and it gives up after `stallTimeoutMs`.
 */
export interface Connection {
  /** The peer's address as text, for events and for the backend. */
  readonly remoteAddress: string;
  readonly isLoopback: boolean;
  /** True once TLS is established. */
  encrypted(): boolean;
  /** False once the peer is gone or this side has given up. */
  alive(): boolean;
  /** Queues octets; a string is sent as UTF-8. */
  write(data: string | Buffer): void;
  /** Octets queued and not yet handed to the socket. */
  pendingBytes(): number;
  /** Hands queued octets to the socket and waits until the peer takes them. */
  flush(): Promise<void>;
  /** Flushes, then waits until there is something to read, or nothing more to wait for: then the next read says why. */
  input(timeoutMs: number): Promise<void>;
  /** Flushes, then reads a line. The whole line has to arrive within `timeoutMs`. */
  readLine(maxBytes: number, timeoutMs: number): Promise<ReadLine>;
  /** Flushes, then reads exactly `size` octets; each pause may take `stallTimeoutMs`. */
  readBytes(size: number): Promise<ReadBytes>;
  /** Reads and drops exactly `size` octets, with the same pauses. */
  skipBytes(size: number): Promise<{ readonly kind: "skipped" } | ReadEnd>;
  /**
   * Server-side TLS handshake. Everything received before it is dropped: commands injected in clear text must not
   * be run as if they had been protected (CVE-2011-0411).
   */
  startTls(): Promise<{ readonly kind: "secured" } | { readonly kind: "failed"; readonly cause: Error }>;
  /** True once both directions are compressed. */
  compressed(): boolean;
  /** Flushes, then compresses both directions (RFC 4978). What was received before and not read is dropped. */
  startCompression(): Promise<void>;
  /** Asks the session to say goodbye: the read under way ends with `closing`. */
  interrupt(): void;
  /** Flushes and closes both directions. */
  end(): Promise<void>;
  /** Closes at once. */
  destroy(): void;
  /** Resolves when the socket is closed. */
  readonly closed: Promise<void>;
}

export interface ConnectionOptions {
  readonly clock: WireClock;
  readonly secureContext: () => SecureContext;
  readonly handshakeTimeoutMs: number;
  readonly stallTimeoutMs: number;
  /** The first error of the peer's connection, such as ECONNRESET. */
  readonly onLost: (cause: Error) => void;
}

/** Wraps an accepted socket. */
export function createConnection(raw: Socket, options: ConnectionOptions): Connection {
  const { clock } = options;
  const remoteAddress = raw.remoteAddress ?? "unknown";
  let socket: Socket | TLSSocket = raw;
  let secured = false;
  let closing = false;
  let lost = false;
  let outgoing: Buffer[] = [];
  // Answers are made of many short strings: they are joined as text, which is far cheaper than as buffers.
  let outgoingText = "";
  let outgoingBytes = 0;

  const onError = (cause: Error) => {
    if (!lost) options.onLost(cause);
    lost = true;
    socket.destroy();
  };
  const { promise: closed, resolve: resolveClosed } = Promise.withResolvers<void>();
  raw.once("close", () => resolveClosed());
  raw.on("error", onError);
  raw.setNoDelay(true);
  // A peer that lost its power holds a lock for a few minutes only, whatever the idle time-out is.
  raw.setKeepAlive(true, KEEP_ALIVE_MS);
  let reader: ByteReader = createByteReader(raw);
  let deflate: DeflateLayer | null = null;

  const alive = () => !lost && !socket.destroyed && socket.writable;

  function drained(): Promise<void> {
    return new Promise((resolve) => {
      const target = socket;
      const done = () => {
        cancel();
        target.off("drain", done);
        target.off("close", done);
        resolve();
      };
      const cancel = clock.after(options.stallTimeoutMs, () => target.destroy());
      target.on("drain", done);
      target.on("close", done);
    });
  }

  /** Turns the text collected so far into octets. */
  function settleText(): void {
    if (outgoingText !== "") outgoing.push(Buffer.from(outgoingText));
    outgoingText = "";
  }

  async function flush(): Promise<void> {
    if (outgoingBytes === 0) return;
    settleText();
    const pieces = outgoing;
    outgoing = [];
    outgoingBytes = 0;
    if (!alive()) return;
    if (deflate !== null) await deflate.write(pieces);
    else if (pieces.length === 1) socket.write(pieces[0] ?? "");
    else {
      // One system call, and large pieces are not copied again.
      socket.cork();
      for (const piece of pieces) socket.write(piece);
      socket.uncork();
    }
    if (socket.writableNeedDrain) await drained();
  }

  /** Runs `read` with a deadline that `extend` moves. */
  async function within<T>(timeoutMs: number, read: (extend: () => void) => Promise<T>): Promise<T> {
    const deadline = () => clock.after(timeoutMs, () => reader.interrupt("timeout"));
    let cancel = deadline();
    try {
      return await read(() => {
        cancel();
        cancel = deadline();
      });
    } finally {
      cancel();
    }
  }

  return {
    remoteAddress,
    isLoopback: isLoopback(remoteAddress),
    closed,
    alive,
    flush,
    encrypted: () => secured,
    pendingBytes: () => outgoingBytes,
    write(data) {
      if (data.length === 0) return;
      if (typeof data === "string") {
        outgoingText += data;
        outgoingBytes += Buffer.byteLength(data);
        return;
      }
      settleText();
      outgoing.push(data);
      outgoingBytes += data.length;
    },
    async input(timeoutMs) {
      await flush();
      const cancel = clock.after(timeoutMs, () => reader.interrupt("timeout"));
      return reader.ready().then(cancel);
    },
    async readLine(maxBytes, timeoutMs) {
      // Answers to pipelined commands travel together; nothing stays behind while we wait.
      if (!reader.hasLine() || outgoingBytes > 16_384) await flush();
      return within(timeoutMs, () => reader.readLine(maxBytes));
    },
    async readBytes(size) {
      await flush();
      return within(options.stallTimeoutMs, (extend) => reader.readBytes(size, extend));
    },
    async skipBytes(size) {
      await flush();
      return within(options.stallTimeoutMs, (extend) => reader.skipBytes(size, extend));
    },
    async startTls() {
      await flush();
      reader.release();
      const upgrade = await upgradeToTls(raw, options.secureContext, options.handshakeTimeoutMs, clock);
      if (upgrade.kind === "failed") return upgrade;
      socket = upgrade.socket;
      secured = true;
      socket.on("error", onError);
      socket.once("close", () => resolveClosed());
      reader = createByteReader(socket);
      if (closing) reader.interrupt("closing");
      return { kind: "secured" };
    },
    compressed: () => deflate !== null,
    async startCompression() {
      await flush();
      reader.release();
      deflate = createDeflateLayer(socket, onError);
      reader = createByteReader(deflate.readable);
      if (closing) reader.interrupt("closing");
    },
    interrupt() {
      closing = true;
      reader.interrupt("closing");
    },
    async end() {
      await flush();
      if (!alive()) {
        socket.destroy();
        return;
      }
      socket.end();
      // A peer that never closes its half would hold the socket: give it one stall time, reading nothing.
      const cancel = clock.after(options.stallTimeoutMs, () => socket.destroy());
      socket.once("close", cancel);
      socket.once("finish", () => socket.destroySoon());
      reader.release();
      deflate?.stop();
      socket.resume();
    },
    destroy() {
      socket.destroy();
      raw.destroy();
    },
  };
}
