import type { AuthenticatedCall } from "../command-row.ts";
import { no } from "../imap-error.ts";
import { type Completion, ok, speaksUtf8 } from "../imap-session.ts";
import { formatStatus, parseStatusItems } from "../status-items.ts";

/** RFC 9051 §6.3.11. */
export async function status({ io, args, session }: AuthenticatedCall): Promise<Completion> {
  args.sp();
  const name = args.mailbox(speaksUtf8(io));
  args.sp();
  const items = parseStatusItems(io, args);
  args.end();
  const found = await session.status(name);
  if (found === null) throw no("NONEXISTENT", "No such mailbox");
  io.untagged(formatStatus(io, name, found, items));
  return ok("STATUS completed");
}
