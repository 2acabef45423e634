import { readHolds } from "@waxwing/outbound";
import { idTimeMs } from "@waxwing/runtime";
import {
  type Database,
  findMessage,
  type Hold,
  type LoggedEvent,
  readTimeline,
  type StoredRecipient,
} from "@waxwing/store";

/** A message for people and for programs. */
interface MessageDescription {
  readonly text: string;
  readonly result: unknown;
  readonly states: readonly StoredRecipient["state"][];
}

/** A message with its recipients, their attempts and everything that happened; null: the project has no such message. */
export async function describeMessage(
  db: Database,
  projectId: string,
  id: string,
): Promise<MessageDescription | null> {
  const found = await findMessage(db, projectId, id);
  if (found === null) return null;
  const { message, recipients } = found;
  const timeline = await readTimeline(db, projectId, id);
  const acceptedMs = idTimeMs(id);
  const holdOf = await readHolds(db, recipients);
  const held = recipients.map((recipient) => ({
    recipient,
    hold: holdOf({ ...recipient, projectId, tags: message.tags }),
  }));
  const lines = [
    `Message ${id}, accepted ${new Date(acceptedMs).toISOString()}`,
    `From ${message.headers.from.address}, subject: ${printable(message.subject)}`,
    ...held.flatMap(({ recipient, hold }) => ["", ...recipientLines(recipient, hold, acceptedMs)]),
    "",
    "Timeline",
    ...timeline.map((event) => `  ${after(idTimeMs(event.id), acceptedMs)}  ${eventLine(event)}`),
  ];
  return {
    text: lines.join("\n"),
    result: {
      id,
      from: message.headers.from,
      subject: message.subject,
      tags: message.tags,
      metadata: message.metadata,
      recipients: held.map(({ recipient, hold }) => ({ ...recipient, hold })),
      timeline: timeline.map(({ id: eventId, type, ordinal, payload }) => ({
        id: eventId,
        type,
        ordinal,
        at: new Date(idTimeMs(eventId)).toISOString(),
        data: payload,
      })),
    },
    states: recipients.map(({ state }) => state),
  };
}

function recipientLines(recipient: StoredRecipient, hold: Hold | null, acceptedMs: number): string[] {
  const next = hold === null ? nextAttempt(recipient) : heldBy(hold);
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

const nextAttempt = ({ nextAttemptAt }: StoredRecipient): string =>
  nextAttemptAt === null ? "" : `, next attempt ${nextAttemptAt.toISOString()}`;

function heldBy({ kind, value, reason, until }: Hold): string {
  const end = until === null ? "until it is resumed" : `until ${until.toISOString()}`;
  return `, held by ${kind} ${printable(value)} ${end}${reason === "" ? "" : ` (${printable(reason)})`}`;
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
