import type { AuthenticatedCall } from "../command-row.ts";
import { no } from "../imap-error.ts";
import { type Completion, ok, speaksUtf8, unselect } from "../imap-session.ts";

/** RFC 9051 §6.3.5. Deleting the selected mailbox closes it first. */
export async function deleteCommand({ io, args, session }: AuthenticatedCall): Promise<Completion> {
  args.sp();
  const name = args.mailbox(speaksUtf8(io));
  args.end();
  if (name === "INBOX") throw no("CANNOT", "INBOX cannot be deleted");
  const result = await session.deleteFolder(name);
  switch (result.kind) {
    case "ok":
      if (io.phase.kind === "selected" && io.phase.folder.name === name) {
        unselect(io);
        io.untagged("OK [CLOSED] The selected mailbox was deleted");
      }
      return ok("DELETE completed");
    case "no-such-folder":
      throw no("NONEXISTENT", "No such mailbox");
    case "cannot":
      throw no("CANNOT", result.reason);
  }
}
