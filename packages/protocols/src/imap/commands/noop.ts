import type { CommandCall } from "../command-row.ts";
import { type Completion, ok } from "../imap-session.ts";

/** NOOP (RFC 9051 §6.1.2) and CHECK (RFC 3501 §6.4.1): the dispatcher reports news after either. */
export async function noop({ args }: CommandCall): Promise<Completion> {
  args.end();
  return ok("Completed");
}
