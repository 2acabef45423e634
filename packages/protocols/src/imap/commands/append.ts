import { parseAppendMessage } from "../append-messages.ts";
import type { AuthenticatedCall } from "../command-row.ts";
import { no } from "../imap-error.ts";
import { type Completion, ok, speaksUtf8 } from "../imap-session.ts";
import { formatSequenceSet } from "../sequence-set.ts";

/** RFC 9051 §6.3.12, with several messages (RFC 3502); the answer carries APPENDUID (RFC 4315 §3). */
export async function append({ io, args, session }: AuthenticatedCall): Promise<Completion> {
  args.sp();
  const name = args.mailbox(speaksUtf8(io));
  args.sp();
  const messages = [parseAppendMessage(io, args)];
  while (args.trySp()) messages.push(parseAppendMessage(io, args));
  args.end();
  const result = await session.append(name, messages);
  switch (result.kind) {
    case "ok":
      return ok("APPEND completed", `APPENDUID ${result.uidValidity} ${formatSequenceSet(result.uids)}`);
    case "no-such-folder":
      throw no("TRYCREATE", "No such mailbox");
    case "over-quota":
      throw no("OVERQUOTA", "Quota exceeded");
  }
}
