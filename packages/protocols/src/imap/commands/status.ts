import type { AuthenticatedCall } from "../command-row.ts";
import { writeFolderName } from "../folder-name.ts";
import { no } from "../imap-error.ts";
import { type Completion, ok, speaksRev2 } from "../imap-session.ts";
import { formatStatus, parseStatusItems } from "../status-items.ts";

/** RFC 9051 §6.3.11. */
export async function status({ io, args, session }: AuthenticatedCall): Promise<Completion> {
  const utf8 = speaksRev2(io);
  args.sp();
  const name = args.mailbox(utf8);
  args.sp();
  const items = parseStatusItems(io, args);
  args.end();
  const found = await session.status(name);
  if (found === null) throw no("NONEXISTENT", "No such mailbox");
  io.untagged(formatStatus(writeFolderName(name, utf8), found, items));
  return ok("STATUS completed");
}
