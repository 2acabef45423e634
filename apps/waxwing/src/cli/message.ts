import { idTimeMs, isId } from "@waxwing/runtime";
import { findMessage, type LoggedEvent, readTimeline, type StoredRecipient } from "@waxwing/store";
import { type Command, CommandError, UsageError } from "./command.ts";
import { connect } from "./connect.ts";

/** `waxwing message`: what happened to a message, for people. */
export const message: Command = {
  summary: "a message with its recipients, attempts and timeline",
  usage: "message <id> [--project id] [--json]",
  help: `
  --project id    whose message it is; the first project when absent

  waxwing message 01a20722-6c3c-747d-b457-b595ee7071aa`,
  options: {},
  run: async (input) => {
    const [id, ...rest] = input.words;
    if (id === undefined || rest.length > 0 || !isId(id)) throw new UsageError("needs the id of a message");
    await using connection = await connect(input);
    const { db, projectId } = connection;
    const found = await findMessage(db, projectId, id);
    if (found === null) throw new CommandError(`project ${projectId} has no message ${id}`);
    const timeline = await readTimeline(db, projectId, id);
    const acceptedMs = idTimeMs(id);
    const lines = [
      `Message ${id}, accepted ${new Date(acceptedMs).toISOString()}`,
      `From ${found.message.headers.from.address}, subject: ${printable(found.message.subject)}`,
      ...found.recipients.flatMap((recipient) => ["", ...recipientLines(recipient, acceptedMs)]),
      "",
      "Timeline",
      ...timeline.map((event) => `  ${after(idTimeMs(event.id), acceptedMs)}  ${eventLine(event)}`),
    ];
    input.show(
      { ...found, timeline: timeline.map((event) => ({ ...event, xact: String(event.xact) })) },
      lines.join("\n"),
    );
    return 0;
  },
};

function recipientLines(recipient: StoredRecipient, acceptedMs: number): string[] {
  const next =
    recipient.nextAttemptAt === null ? "" : `, next attempt ${recipient.nextAttemptAt.toISOString()}`;
  return [
    `${recipient.address}: ${recipient.state}${next}`,
    ...recipient.attempts.map((attempt) => {
      const tls = attempt.tls === null ? "" : ` ${attempt.tls.version}`;
      const where =
        attempt.host === null ? "" : ` at ${attempt.host} [${attempt.remoteAddress ?? "?"}]${tls}`;
      const when = after(attempt.startedAt.getTime(), acceptedMs);
      return `  ${when}  attempt ${attempt.number}: ${attempt.outcome}${where}, ${attempt.durationMs} ms (${attempt.rule})\n            ${printable(attempt.reply)}`;
    }),
  ];
}

function eventLine({ type, payload }: LoggedEvent): string {
  const { reply, email, reason } = payload;
  const said = [email, reason ?? reply].filter((text) => typeof text === "string");
  return `${type.padEnd(12)} ${printable(said.join(": "))}`;
}

const after = (atMs: number, startMs: number): string =>
  `+${((atMs - startMs) / 1_000).toFixed(3)}s`.padStart(9);

/** What others have written must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ");
}
