import type { Pop3Call } from "../command-row.ts";
import { Pop3Refusal, type Pop3Reply } from "../pop3-session.ts";

/** RFC 2595 §4. What came before the handshake is dropped, a name given by USER included. */
export async function stls({ io }: Pop3Call): Promise<Pop3Reply> {
  const { connection, options, report } = io;
  if (options.tls !== "starttls" || connection.encrypted()) {
    throw new Pop3Refusal("TLS is not available or already active");
  }
  return {
    status: "+OK",
    text: "Begin TLS negotiation",
    async afterwards() {
      io.username = null;
      const upgrade = await connection.startTls();
      if (upgrade.kind === "secured") return "continue";
      report({ kind: "tls-handshake-failed", remoteAddress: connection.remoteAddress, cause: upgrade.cause });
      return "end";
    },
  };
}
