import type { AuthenticatedCall } from "../command-row.ts";
import { SEPARATOR } from "../folder-name.ts";
import { type Completion, ok } from "../imap-session.ts";

/** RFC 9051 §6.3.10: one personal namespace, nobody else's, nothing shared. */
export async function namespace({ io, args }: AuthenticatedCall): Promise<Completion> {
  args.end();
  io.untagged(`NAMESPACE (("" "${SEPARATOR}")) NIL NIL`);
  return ok("NAMESPACE completed");
}
