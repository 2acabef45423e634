import type { Pop3Call } from "../command-row.ts";
import { leaveMaildrop, updateMaildrop } from "../maildrop.ts";
import type { Pop3Reply } from "../pop3-session.ts";

/** QUIT (RFC 1939 §5, §6): the UPDATE state. Nothing else ever removes a message. */
export async function quit({ io }: Pop3Call): Promise<Pop3Reply> {
  const bye: Pop3Reply = { status: "+OK", text: "Bye", afterwards: async () => "end" };
  if (io.phase.kind !== "transaction") return bye;
  try {
    await updateMaildrop(io.phase.maildrop);
    return bye;
  } catch (cause) {
    io.report({ kind: "command-failed", remoteAddress: io.connection.remoteAddress, verb: "QUIT", cause });
    // RFC 1939 §6: the client is told that some were not removed.
    return { ...bye, status: "-ERR", text: "[SYS/TEMP] Some deleted messages were not removed" };
  } finally {
    await leaveMaildrop(io);
  }
}
