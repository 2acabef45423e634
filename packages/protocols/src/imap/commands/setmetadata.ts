import type { AuthenticatedCall } from "../command-row.ts";
import { bad, no } from "../imap-error.ts";
import { type Completion, ok, speaksUtf8 } from "../imap-session.ts";
import { parseEntryName } from "../metadata-entry.ts";

/** SETMETADATA (RFC 5464 §4.3); NIL removes an entry. */
export async function setMetadata({ io, args, session }: AuthenticatedCall): Promise<Completion> {
  args.sp();
  const name = args.mailbox(speaksUtf8(io));
  args.sp();
  const changes = new Map<string, Buffer | null>();
  args.list(() => {
    const entry = parseEntryName(args);
    args.sp();
    changes.set(entry, args.value());
  });
  args.end();
  if (changes.size === 0) throw bad("Expected an entry and its value");
  const { metadata } = session;
  if (metadata === undefined) throw no("CANNOT", "Annotations are not kept");
  const result = await metadata.set(name === "" ? null : name, changes);
  switch (result.kind) {
    case "ok":
      return ok("SETMETADATA completed");
    case "no-such-folder":
      throw no("NONEXISTENT", "No such mailbox");
    case "too-many":
      throw no("METADATA TOOMANY", "Too many annotations"); // RFC 5464 §4.3
    case "over-quota":
      throw no("OVERQUOTA", "Quota exceeded");
  }
}
