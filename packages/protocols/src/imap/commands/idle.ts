import type { MailboxSession } from "../../mailbox-session.ts";
import type { AuthenticatedCall } from "../command-row.ts";
import { bad } from "../imap-error.ts";
import { type Completion, type ImapIo, ok, type SelectedFolder } from "../imap-session.ts";
import { reportChanges } from "../updates.ts";

/**
 * RFC 9051 §6.3.13: reports news as it happens until the client says DONE. One read is under way all the time; each
 * turn of the loop ends when it does, or when the store announces a change.
 */
export async function idle({ io, args, session }: AuthenticatedCall): Promise<Completion> {
  args.end();
  const { connection, limits } = io;
  const folder = io.phase.kind === "selected" ? io.phase.folder : null;
  connection.write("+ idling\r\n");
  await connection.flush();
  const line = connection.readLine(limits.maxLineBytes, limits.idleTimeoutMs);
  const done = line.then(() => "done" as const);
  try {
    for (;;) {
      const { promise: news, resolve } = Promise.withResolvers<"news">();
      if (folder !== null) folder.onChanged = () => resolve("news");
      if (folder?.changed) resolve("news");
      if ((await Promise.race([done, news])) === "done") break;
      if (folder === null) continue;
      if ((await report(io, session, folder)) === "gone") {
        io.untagged("BYE The selected mailbox was deleted");
        connection.interrupt();
        await line;
        return { status: "OK", text: "IDLE ended", afterwards: async () => "end" };
      }
      await connection.flush();
    }
  } finally {
    if (folder !== null) folder.onChanged = () => {};
  }
  const read = await line;
  if (read.kind === "line" && read.line.toString("latin1").toUpperCase() === "DONE")
    return ok("IDLE completed");
  if (read.kind === "line" || read.kind === "too-long") throw bad("Expected DONE");
  // The main loop reads next, sees the same end and says goodbye with its reason.
  return ok("IDLE ended");
}

/** A store that fails must not end IDLE here: the read under way would be left without an owner. */
async function report(io: ImapIo, session: MailboxSession, folder: SelectedFolder): Promise<"ok" | "gone"> {
  try {
    return await reportChanges(io, session, folder, true);
  } catch (cause) {
    io.report({ kind: "command-failed", remoteAddress: io.connection.remoteAddress, verb: "IDLE", cause });
    return "ok";
  }
}
