import type { AuthenticatedCall } from "../command-row.ts";
import { encodeFolderName } from "../encoder.ts";
import { readFolderName, SEPARATOR, writeFolderName } from "../folder-name.ts";
import { buildFolderTree } from "../folder-tree.ts";
import { type Completion, ok, speaksUtf8 } from "../imap-session.ts";
import { matchesListPattern } from "../list-pattern.ts";

/** RFC 3501 §6.3.9. A level with subscribed folders below is shown for `%` as \Noselect. */
export async function lsub({ io, args, session }: AuthenticatedCall): Promise<Completion> {
  args.sp();
  const reference = args.astring();
  args.sp();
  const written = args.listPattern();
  args.end();
  if (written === "") {
    io.untagged(`LSUB (\\Noselect) "${SEPARATOR}" ""`);
    return ok("LSUB completed");
  }
  const pattern = readFolderName(reference + written, speaksUtf8(io));
  for (const listed of buildFolderTree(await session.listFolders())) {
    if (pattern === null || !matchesListPattern(listed.name, pattern)) continue;
    const subscribed = listed.folder?.subscribed === true;
    if (!subscribed && !(listed.subscribedBelow && pattern.endsWith("%"))) continue;
    const name = encodeFolderName(writeFolderName(listed.name, speaksUtf8(io)));
    io.untagged(`LSUB (${subscribed ? "" : "\\Noselect"}) "${SEPARATOR}" ${name}`);
  }
  return ok("LSUB completed");
}
