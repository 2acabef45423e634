import { BlockList, isIP, type Socket } from "node:net";
import { TLSSocket } from "node:tls";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Is the address in 127.0.0.0/8, `::1`, or the IPv4-mapped form of the former? `false` for what is no address. */
export const isLoopback = (address: string): boolean => {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  return isIP(plain) !== 0 && loopback.check(plain, isIP(plain) === 4 ? "ipv4" : "ipv6");
};

/** The `with` protocol of a Received field: RFC 5321 §4.4, RFC 3848, and RFC 6531 §4.3 for the UTF8SMTP family. */
export const transmissionType = (facts: {
  readonly extended: boolean;
  readonly smtpUtf8: boolean;
  readonly tls: boolean;
  readonly authenticated: boolean;
}): string => {
  const base = facts.smtpUtf8 ? "UTF8SMTP" : facts.extended ? "ESMTP" : "SMTP";
  return base === "SMTP" ? base : `${base}${facts.tls ? "S" : ""}${facts.authenticated ? "A" : ""}`;
};

/** Version and cipher of the TLS session on a socket; null where there is none, or none any more. */
export const tlsFacts = (
  socket: Socket | TLSSocket,
  secure: boolean,
): { readonly version: string; readonly cipher: string } | null => {
  if (!(socket instanceof TLSSocket) || !secure || socket.destroyed) return null;
  return {
    version: socket.getProtocol() ?? "unknown",
    cipher: socket.getCipher()?.standardName ?? "unknown",
  };
};
