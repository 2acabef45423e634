import type { CommandCall } from "../command-row.ts";
import { bad } from "../imap-error.ts";
import { type Completion, ok } from "../imap-session.ts";

/** RFC 2971. What the client says about itself is checked and dropped; we say our name and no version. */
export async function id({ io, args }: CommandCall): Promise<Completion> {
  args.sp();
  if (!args.tryWord("NIL")) {
    let fields = 0;
    args.list(() => {
      fields += 1;
      if (fields > 60) throw bad("Too many ID fields"); // RFC 2971 §3.3: at most 30 pairs
      if (!args.tryWord("NIL")) args.astring();
    });
  }
  args.end();
  io.untagged('ID ("name" "Waxwing")');
  return ok("ID completed");
}
