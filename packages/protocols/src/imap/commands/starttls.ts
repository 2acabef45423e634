import type { CommandCall } from "../command-row.ts";
import { bad } from "../imap-error.ts";
import type { Completion } from "../imap-session.ts";

/** RFC 9051 §6.2.1. The connection drops what came before the handshake, see `Connection.startTls`. */
export async function starttls({ io, args }: CommandCall): Promise<Completion> {
  args.end();
  const { connection, options, report } = io;
  if (options.tls !== "starttls" || connection.encrypted())
    throw bad("TLS is not available or already active");
  return {
    status: "OK",
    text: "Begin TLS negotiation now",
    async afterwards() {
      const upgrade = await connection.startTls();
      if (upgrade.kind === "secured") return "continue";
      report({ kind: "tls-handshake-failed", remoteAddress: connection.remoteAddress, cause: upgrade.cause });
      return "end";
    },
  };
}
