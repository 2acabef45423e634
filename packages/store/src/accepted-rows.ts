import type { NewMessage, NewRecipient } from "./accept.ts";
import { monthBucket } from "./partitions.ts";
import type { RowType } from "./row-encoding.ts";

/*
 * The rows of the statement that stores messages; see row-types.ts on changing them.
 */

/** A content that is new, or thought to be, and where its frame stands among the others. */
interface AcceptedContent {
  readonly bucket: string;
  readonly hash: Buffer;
  /** From 1, as SQL counts. */
  readonly start: number;
  readonly length: number;
  /** The messages that say so. */
  readonly messages: string[];
}

export const ACCEPTED_CONTENT: RowType<AcceptedContent> = {
  name: "accepted_content",
  columns: [
    ["bucket", "uuid", ({ bucket }) => bucket],
    ["hash", "bytea", ({ hash }) => hash],
    ["start", "integer", ({ start }) => start],
    ["length", "integer", ({ length }) => length],
    ["messages", "uuid[]", ({ messages }) => messages],
  ],
};

export const ACCEPTED_MESSAGE: RowType<NewMessage> = {
  name: "accepted_message",
  columns: [
    ["id", "uuid", ({ id }) => id],
    ["project_id", "uuid", ({ projectId }) => projectId],
    ["domain_id", "uuid", ({ domainId }) => domainId],
    ["content_kind", "text", ({ contentKind }) => contentKind],
    ["content_hash", "bytea", ({ contentHash }) => contentHash],
    ["size_bytes", "integer", ({ sizeBytes }) => sizeBytes],
    ["headers", "jsonb", ({ headers }) => headers],
    ["subject", "text", ({ subject }) => subject],
    ["tags", "text[]", ({ tags }) => tags],
    ["metadata", "jsonb", ({ metadata }) => metadata],
    ["priority", "smallint", ({ priority }) => priority],
    ["send_at", "timestamp with time zone", ({ sendAtMs }) => sendAtMs],
    ["expires_at", "timestamp with time zone", ({ expiresAtMs }) => expiresAtMs],
    ["request_id", "uuid", ({ requestId }) => requestId],
    ["batch_id", "text", ({ batchId }) => batchId],
    ["options", "jsonb", ({ options }) => options],
  ],
};

/** A recipient with its message: both its row in `recipients` and that in `backlog` are made of it. */
interface AcceptedRecipient {
  readonly message: NewMessage;
  readonly recipient: NewRecipient;
}

export const ACCEPTED_RECIPIENT: RowType<AcceptedRecipient> = {
  name: "accepted_recipient",
  columns: [
    ["message_id", "uuid", ({ message }) => message.id],
    ["ordinal", "integer", ({ recipient }) => recipient.ordinal],
    ["project_id", "uuid", ({ message }) => message.projectId],
    ["role", "text", ({ recipient }) => recipient.role],
    ["address", "text", ({ recipient }) => recipient.address],
    ["name", "text", ({ recipient }) => recipient.name],
    ["updated_at", "timestamp with time zone", ({ message }) => message.acceptedAtMs],
    ["site", "text", ({ recipient }) => recipient.site],
    ["priority", "smallint", ({ message }) => message.priority],
    ["due_at", "timestamp with time zone", ({ message }) => message.sendAtMs ?? message.acceptedAtMs],
    ["expires_at", "timestamp with time zone", ({ message }) => message.expiresAtMs],
    // What asks for a first lease, and what it depends on.
    ["lease_id", "uuid", ({ recipient }) => recipient.lease?.leaseId],
    [
      "lease_seconds",
      "double precision",
      ({ recipient: { lease } }) => (lease === undefined ? null : lease.leaseMs / 1000),
    ],
    ["unsubscribe_group", "integer", ({ message }) => message.options.unsubscribe?.group],
    ["bypass", "jsonb", ({ message }) => message.options.bypass],
  ],
};

/** The recipients of a message, as rows. */
export const recipientsOf = (message: NewMessage): AcceptedRecipient[] =>
  message.recipients.map((recipient) => ({ message, recipient }));

/** What the messages say, each content once, and all their frames one behind the other. */
export function contentsOf(messages: readonly NewMessage[]): {
  readonly contents: readonly AcceptedContent[];
  readonly frames: Buffer;
} {
  const contents = new Map<string, AcceptedContent>();
  const frames: Buffer[] = [];
  let start = 1;
  for (const { id, acceptedAtMs, contentHash, contentZstd } of messages) {
    const bucket = monthBucket(acceptedAtMs);
    const key = `${bucket}/${contentHash.toString("hex")}`;
    const known = contents.get(key);
    if (known !== undefined) {
      known.messages.push(id);
      continue;
    }
    contents.set(key, { bucket, hash: contentHash, start, length: contentZstd.length, messages: [id] });
    frames.push(contentZstd);
    start += contentZstd.length;
  }
  // In one order everywhere: two statements that insert the same contents the other way round would wait for each other.
  const sorted = [...contents].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, content]) => content);
  return { contents: sorted, frames: Buffer.concat(frames) };
}
