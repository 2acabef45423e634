import type { MailboxSession } from "../../mailbox-session.ts";
import type { AuthenticatedCall } from "../command-row.ts";
import { bad } from "../imap-error.ts";
import { type Completion, type ImapIo, ok, type SelectedFolder } from "../imap-session.ts";
import { reportChanges } from "../updates.ts";

/** RFC 9051 §6.3.13: reports news as it happens until the client says DONE. */
export function idle({ io, args, session }: AuthenticatedCall): Promise<Completion> {
  args.end();
  // Thousands wait here at once: nothing of the command is held by what waits.
  return untilDone(io, session);
}

async function untilDone(io: ImapIo, session: MailboxSession): Promise<Completion> {
  const { connection, limits, clock } = io;
  const deadline = clock.now() + limits.idleTimeoutMs;
  connection.write("+ idling\r\n");
  await connection.flush();
  const news = io.phase.kind === "selected" ? tellNews(io, session, io.phase.folder) : null;
  await connection.input(limits.idleTimeoutMs);
  const read = await connection.readLine(limits.maxLineBytes, Math.max(0, deadline - clock.now()));
  if ((await news?.stop()) === "gone")
    return { status: "OK", text: "IDLE ended", afterwards: async () => "end" };
  if (read.kind === "line" && read.line.toString("latin1").toUpperCase() === "DONE")
    return ok("IDLE completed");
  if (read.kind === "line" || read.kind === "too-long") throw bad("Expected DONE");
  // The main loop reads next, sees the same end and says goodbye with its reason.
  return ok("IDLE ended");
}

/** Tells the client what happens in the folder. `stop` resolves when the last of it is told. */
function tellNews(
  io: ImapIo,
  session: MailboxSession,
  folder: SelectedFolder,
): { readonly stop: () => Promise<"ok" | "gone"> } {
  const { connection } = io;
  let isOver = false;
  let state: "ok" | "gone" = "ok";
  let looking: Promise<void> | null = null;

  function look(): void {
    // One look at a time; what happens meanwhile is seen by the next one.
    if (looking !== null || isOver) return;
    looking = reportChanges(io, session, folder, true)
      .then(told, failed)
      .then(() => {
        looking = null;
        if (folder.changed) look();
      });
  }

  function told(outcome: "ok" | "gone"): Promise<void> | undefined {
    if (outcome === "ok") return connection.flush();
    state = "gone";
    isOver = true;
    io.untagged("BYE The selected mailbox was deleted");
    connection.interrupt();
    return undefined;
  }

  /** A store that fails does not end IDLE. */
  function failed(cause: unknown): void {
    io.report({ kind: "command-failed", remoteAddress: connection.remoteAddress, verb: "IDLE", cause });
  }

  folder.onChanged = look;
  if (folder.changed) look();
  return {
    async stop() {
      isOver = true;
      folder.onChanged = () => {};
      await looking;
      return state;
    },
  };
}
