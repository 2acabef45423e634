import type { AuthenticatedCall } from "../command-row.ts";
import { canonicalFolderName, isCreatableName } from "../folder-name.ts";
import { no } from "../imap-error.ts";
import { type Completion, ok, speaksUtf8 } from "../imap-session.ts";

/** RFC 9051 §6.3.6. */
export async function rename({ io, args, session }: AuthenticatedCall): Promise<Completion> {
  args.sp();
  const from = args.mailbox(speaksUtf8(io));
  args.sp();
  const to = canonicalFolderName(args.mailbox(speaksUtf8(io)).replace(/\/$/, ""));
  args.end();
  if (!isCreatableName(to)) throw no("CANNOT", "Not a valid mailbox name");
  if (to === "INBOX") throw no("ALREADYEXISTS", "INBOX always exists");
  if (from !== "INBOX" && to.startsWith(`${from}/`)) throw no("CANNOT", "A mailbox cannot move into itself");
  const result = await session.renameFolder(from, to);
  switch (result.kind) {
    case "ok":
      return ok("RENAME completed");
    case "exists":
      throw no("ALREADYEXISTS", "Mailbox already exists");
    case "no-such-folder":
      throw no("NONEXISTENT", "No such mailbox");
    case "cannot":
      throw no("CANNOT", result.reason);
  }
}
