import { type AddressInfo, createServer, type Socket } from "node:net";
import type { SecureContextOptions } from "node:tls";
import type { WireClock } from "./clock.ts";
import { type Connection, createConnection } from "./connection.ts";
import type { WireLimits } from "./limits.ts";
import { cacheSecureContext } from "./tls-upgrade.ts";
import type { WireEvent } from "./wire-event.ts";

/** When TLS starts: with the connection, by a command, or not at all. */
export type TlsMode = "implicit" | "starttls" | "none";

/** A listening door. */
export interface WireServer {
  /** Starts listening; port 0 picks a free one. Rejects if the address cannot be bound. */
  listen(port: number, host: string): Promise<{ readonly port: number }>;
  /** Stops listening, asks every session to say goodbye, and destroys those still there after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

export interface WireServerOptions {
  readonly tls: TlsMode;
  readonly secureContext: () => SecureContextOptions;
  readonly limits: WireLimits;
  readonly clock: WireClock;
  readonly onEvent: (event: WireEvent) => void;
  /** The line that turns away one connection too many. */
  readonly busyLine: string;
  /** Speaks the protocol until it is over. Its rejection is a bug and ends this connection only. */
  readonly serve: (connection: Connection) => Promise<void>;
}

/** Accepts connections, does the implicit TLS handshake, and runs `serve` on each. */
export function createWireServer(options: WireServerOptions): WireServer {
  const { limits, clock, onEvent } = options;
  const secureContext = cacheSecureContext(options.secureContext);
  const connections = new Set<Connection>();
  let closing = false;

  const server = createServer({ allowHalfOpen: true }, (socket) => {
    void accept(socket);
  });
  async function accept(socket: Socket): Promise<void> {
    const remoteAddress = socket.remoteAddress ?? "unknown";
    if (closing || connections.size >= limits.maxConnections) {
      socket.on("error", () => socket.destroy());
      if (!closing) onEvent({ kind: "too-many-connections", remoteAddress });
      // On a TLS door the line would be read as a broken handshake: just close.
      if (options.tls === "implicit") socket.destroy();
      else socket.end(options.busyLine, () => socket.destroy());
      return;
    }
    const connection = createConnection(socket, {
      clock,
      secureContext,
      handshakeTimeoutMs: limits.handshakeTimeoutMs,
      stallTimeoutMs: limits.stallTimeoutMs,
      onLost: (cause) => onEvent({ kind: "connection-lost", remoteAddress, cause }),
    });
    connections.add(connection);
    try {
      if (options.tls === "implicit") {
        const upgrade = await connection.startTls();
        if (upgrade.kind === "failed") {
          onEvent({ kind: "tls-handshake-failed", remoteAddress, cause: upgrade.cause });
          return;
        }
      }
      await options.serve(connection);
      await connection.end();
      await connection.closed;
    } catch (cause) {
      onEvent({ kind: "session-crashed", remoteAddress, cause });
    } finally {
      connection.destroy();
      connections.delete(connection);
    }
  }

  return {
    listen(port, host) {
      return new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, host, () => {
          server.off("error", reject);
          // Before that, whoever called hears of it.
          server.on("error", (cause) => onEvent({ kind: "listener-error", cause }));
          resolve({ port: (server.address() as AddressInfo).port });
        });
      });
    },
    async close(graceMs) {
      if (closing) return;
      closing = true;
      const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections) connection.interrupt();
      const cancel = clock.after(graceMs, () => {
        for (const connection of connections) connection.destroy();
      });
      await stopped;
      cancel();
    },
  };
}
