import type { CommandRow } from "./command-row.ts";
import { COMMANDS } from "./command-table.ts";
import { createDecoder, type Segment } from "./decoder.ts";
import { bad, ImapRefusal, no } from "./imap-error.ts";
import { type Completion, type ImapIo, mayAuthenticate } from "./imap-session.ts";
import { reportChanges } from "./updates.ts";

/** A look at the store empties what a client has been told of; it is taken before that grows. */
const MAX_TOLD = 1_000;

/** What became of a command: `understood: false` counts towards the limit on nonsense. */
export interface Dispatched {
  readonly next: "continue" | "end";
  readonly understood: boolean;
}

/**
 * Runs one command: looks up its row, enforces the columns, runs it, reports news and writes the tagged answer.
 * Refusals become NO or BAD here and nowhere else; anything else that is thrown is a fault, which the client sees as
 * [SERVERBUG] and the owner of the server as an event.
 */
export async function dispatch(
  io: ImapIo,
  command: { readonly tag: string; readonly verb: string; readonly segments: readonly Segment[] },
): Promise<Dispatched> {
  const { tag, verb } = command;
  const row = Object.hasOwn(COMMANDS, verb) ? COMMANDS[verb] : undefined;
  let completion: Completion;
  try {
    if (row === undefined) throw bad("Unknown command");
    completion = await run(io, row, tag, command.segments);
  } catch (error) {
    if (!(error instanceof ImapRefusal)) {
      io.report({ kind: "command-failed", remoteAddress: io.connection.remoteAddress, verb, cause: error });
    }
    const refusal = error instanceof ImapRefusal ? error : no("SERVERBUG", "Internal error, try again");
    completion = {
      status: refusal.status,
      text: refusal.message,
      ...(refusal.code === null ? {} : { code: refusal.code }),
    };
  }
  if (row !== undefined && completion.status !== "BAD" && (await reportNews(io, row)) === "gone") {
    io.untagged("BYE The selected mailbox was deleted");
    return { next: "end", understood: true };
  }
  const code = completion.code === undefined ? "" : `[${completion.code}] `;
  io.connection.write(`${tag} ${completion.status} ${code}${completion.text}\r\n`);
  const next = completion.afterwards === undefined ? "continue" : await completion.afterwards();
  return { next, understood: completion.status !== "BAD" };
}

async function run(
  io: ImapIo,
  row: CommandRow,
  tag: string,
  segments: readonly Segment[],
): Promise<Completion> {
  const call = { io, tag, args: createDecoder(segments, io.limits) };
  const { phase } = io;
  // RFC 9051 §3: a command in the wrong state is BAD.
  switch (row.in) {
    case "any":
      return row.run(call);
    case "not-authenticated":
      if (phase.kind !== "not-authenticated") throw bad("Already logged in");
      // RFC 9051 §7.1 PRIVACYREQUIRED; the password that was just sent in the clear is not even looked at.
      if (!row.preTls && !mayAuthenticate(io)) throw no("PRIVACYREQUIRED", "Use TLS before logging in");
      return row.run(call);
    case "authenticated":
      if (phase.kind === "not-authenticated") throw bad("Log in first");
      return row.run({ ...call, session: phase.session });
    case "selected":
      if (phase.kind !== "selected") throw bad("Select a mailbox first");
      return row.run({ ...call, session: phase.session, folder: phase.folder });
  }
}

/** News of the folder that is selected now. A store that cannot tell is an event, not a reason to fail the command. */
async function reportNews(io: ImapIo, row: CommandRow): Promise<"ok" | "gone"> {
  const { phase } = io;
  if (phase.kind !== "selected" || row.updates === "none") return "ok";
  const { folder, session } = phase;
  const expunges = row.updates !== "no-expunge";
  const due = folder.changed || folder.told.size > MAX_TOLD;
  if (row.updates !== "poll" && !due && (folder.unannounced.size === 0 || !expunges)) return "ok";
  try {
    return await reportChanges(io, session, folder, expunges);
  } catch (cause) {
    folder.changed = true;
    io.report({ kind: "command-failed", remoteAddress: io.connection.remoteAddress, verb: "updates", cause });
    return "ok";
  }
}
