import type { Flag } from "../../mailbox-session.ts";
import type { AuthenticatedCall } from "../command-row.ts";
import { no } from "../imap-error.ts";
import { type Completion, ok, speaksRev2 } from "../imap-session.ts";

/** RFC 9051 §6.3.12; the answer carries APPENDUID (RFC 4315 §3). */
export async function append({ io, args, session }: AuthenticatedCall): Promise<Completion> {
  args.sp();
  const name = args.mailbox(speaksRev2(io));
  args.sp();
  let flags: readonly Flag[] = [];
  if (args.peek() === "(") {
    flags = args.flagList();
    args.sp();
  }
  let internalDate: Date | null = null;
  if (args.peek() === '"') {
    internalDate = args.dateTime();
    args.sp();
  }
  const raw = args.message();
  args.end();
  // An empty message has no header to show in any list: a client's mistake, better told than stored.
  if (raw.length === 0) throw no("CANNOT", "Empty message");
  const result = await session.append(name, [{ raw, flags, internalDate }]);
  switch (result.kind) {
    case "ok":
      return ok("APPEND completed", `APPENDUID ${result.uidValidity} ${result.uids.join(",")}`);
    case "no-such-folder":
      throw no("TRYCREATE", "No such mailbox");
    case "over-quota":
      throw no("OVERQUOTA", "Quota exceeded");
  }
}
