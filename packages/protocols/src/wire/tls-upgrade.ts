import { constants } from "node:crypto";
import type { Socket } from "node:net";
import { createSecureContext, type SecureContext, type SecureContextOptions, TLSSocket } from "node:tls";
import type { WireClock } from "./clock.ts";

/** The result of a server-side handshake; on `failed` the raw socket is destroyed. */
export type TlsUpgrade =
  | { readonly kind: "secured"; readonly socket: TLSSocket }
  | { readonly kind: "failed"; readonly cause: Error };

/**
 * Keeps the parsed certificate and key as long as `load` returns the same object; a certificate that was reloaded
 * is a new object and is parsed once.
 */
export function cacheSecureContext(load: () => SecureContextOptions): () => SecureContext {
  let options: SecureContextOptions | null = null;
  let context: SecureContext | null = null;
  return () => {
    const current = load();
    if (context === null || current !== options) {
      // RFC 8996: TLS 1.0 and 1.1 must not be negotiated.
      // No renegotiation: a client could make us compute handshakes without end (CVE-2011-1473).
      const secureOptions = (current.secureOptions ?? 0) | constants.SSL_OP_NO_RENEGOTIATION;
      // No certificate is asked for, so none is checked: the public authorities, 5 MB, are not loaded.
      context = createSecureContext({ minVersion: "TLSv1.2", ca: [], ...current, secureOptions });
      options = current;
    }
    return context;
  };
}

/**
 * Shakes hands as the server over a socket nobody reads from any more. Never throws; `timeoutMs` bounds it.
 */
export function upgradeToTls(
  raw: Socket,
  secureContext: () => SecureContext,
  timeoutMs: number,
  clock: WireClock,
): Promise<TlsUpgrade> {
  return new Promise((resolve) => {
    let socket: TLSSocket;
    try {
      socket = new TLSSocket(raw, { isServer: true, secureContext: secureContext() });
    } catch (error) {
      raw.destroy();
      resolve({ kind: "failed", cause: asError(error) });
      return;
    }
    // A handshake error is only reported by the private event "_tlsError"; "error" comes for errors of the raw socket.
    const fail = (error: unknown) => settle({ kind: "failed", cause: asError(error) });
    const onClose = () => fail(new Error("the connection was closed during the TLS handshake"));
    const onSecure = () => settle({ kind: "secured", socket });
    const cancelTimer = clock.after(timeoutMs, () => fail(new Error("the TLS handshake took too long")));
    let settled = false;
    function settle(result: TlsUpgrade) {
      if (settled) return;
      settled = true;
      cancelTimer();
      socket.off("secure", onSecure);
      socket.off("close", onClose);
      if (result.kind === "failed") {
        socket.destroy();
        raw.destroy();
      }
      resolve(result);
    }
    socket.on("error", fail);
    // Also after the handshake (a renegotiation attack): nobody else would end that connection.
    socket.on("_tlsError", (error: Error) => {
      fail(error);
      socket.destroy();
    });
    socket.on("close", onClose);
    socket.on("secure", onSecure);
    raw.on("error", () => socket.destroy());
  });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
