import type { AuthenticatedCall } from "../command-row.ts";
import { bad, no } from "../imap-error.ts";
import type { Completion } from "../imap-session.ts";

/**
 * COMPRESS DEFLATE (RFC 4978), after login only, so that a stranger cannot make us hold its windows. TLS never compresses here:
 * Node's OpenSSL is built without it.
 */
export async function compress({ io, args }: AuthenticatedCall): Promise<Completion> {
  args.sp();
  const mechanism = args.atom().toUpperCase();
  args.end();
  if (mechanism !== "DEFLATE") throw bad("Unknown compression mechanism");
  const { connection } = io;
  if (connection.compressed()) throw no("COMPRESSIONACTIVE", "DEFLATE is active already");
  const giveBack = io.compressions.take(1);
  if (giveBack === null) throw no("LIMIT", "Too many connections are compressed");
  io.endCompression = giveBack;
  return {
    status: "OK",
    text: "DEFLATE active",
    async afterwards() {
      await connection.startCompression();
      return "continue";
    },
  };
}
