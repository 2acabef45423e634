import { TLSSocket } from "node:tls";

/** The parts of a TLSSocket that tell whether its SSL object is still there; node's types leave them out. */
interface TlsInside {
  readonly ssl?: object | null;
  readonly _parent?: { readonly destroyed?: boolean } | null;
}

let guarded = false;

/**
 * Node 24.21 reads through a null pointer (SSL_get_version) and ends the process when a TLSSocket is asked for its protocol after
 * its SSL object was freed, as it is when the socket below was destroyed in mid-handshake. smtp-server asks just then, to describe the
 * failed handshake. Attack: any peer that breaks off could end the server. So the question is answered with null, for all sockets
 * of the process; the first SMTP server makes it so.
 */
export function guardFreedTls(): void {
  if (guarded) return;
  guarded = true;
  const ask = TLSSocket.prototype.getProtocol;
  TLSSocket.prototype.getProtocol = function getProtocol(this: TLSSocket): string | null {
    const { ssl, _parent } = this as TLSSocket & TlsInside;
    return this.destroyed || !ssl || _parent?.destroyed === true ? null : ask.call(this);
  };
}
