import type { SelectedCall } from "../command-row.ts";
import { type Completion, ok, unselect } from "../imap-session.ts";

/** CLOSE (RFC 9051 §6.4.1): expunges without a word, unless the folder is read-only. */
export async function close({ io, args, session, folder }: SelectedCall): Promise<Completion> {
  args.end();
  if (!folder.readOnly) await session.expunge(folder.id, { kind: "deleted" });
  unselect(io);
  return ok("CLOSE completed");
}

/** UNSELECT (RFC 9051 §6.4.2): like CLOSE, and expunges nothing. */
export async function unselectCommand({ io, args }: SelectedCall): Promise<Completion> {
  args.end();
  unselect(io);
  return ok("UNSELECT completed");
}
