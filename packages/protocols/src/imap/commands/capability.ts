import { capabilities } from "../capability.ts";
import type { CommandCall } from "../command-row.ts";
import { type Completion, ok } from "../imap-session.ts";

/** RFC 9051 §6.1.1. */
export async function capability({ io, args }: CommandCall): Promise<Completion> {
  args.end();
  io.untagged(`CAPABILITY ${capabilities(io)}`);
  return ok("CAPABILITY completed");
}
