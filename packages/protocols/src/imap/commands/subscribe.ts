import type { AuthenticatedCall } from "../command-row.ts";
import { no } from "../imap-error.ts";
import { type Completion, ok, speaksUtf8 } from "../imap-session.ts";

/** SUBSCRIBE and UNSUBSCRIBE (RFC 9051 §6.3.7, §6.3.8). */
export function subscribe(subscribed: boolean) {
  return async ({ io, args, session }: AuthenticatedCall): Promise<Completion> => {
    args.sp();
    const name = args.mailbox(speaksUtf8(io));
    args.end();
    const result = await session.setSubscribed(name, subscribed);
    switch (result.kind) {
      case "ok":
        return ok("Completed");
      case "no-such-folder":
        throw no("NONEXISTENT", "No such mailbox");
      case "cannot":
        throw no("CANNOT", result.reason);
    }
  };
}
