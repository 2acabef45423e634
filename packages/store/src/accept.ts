import type { Database } from "./database.ts";
import { monthBucket } from "./partitions.ts";
import type { StoredHeaders } from "./schema/index.ts";

/** One recipient of a message about to be stored. */
export interface NewRecipient {
  readonly ordinal: number;
  readonly role: "to" | "cc" | "bcc" | "envelope";
  readonly address: string;
  readonly name?: string;
  /** The lane that will drain it. */
  readonly site: string;
}

/** An event to append to the log. `id` is a UUIDv7 whose time is the event's time. */
export interface NewEvent {
  readonly projectId: string;
  readonly id: string;
  readonly type: string;
  readonly messageId: string | null;
  readonly ordinal: number | null;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** A message about to be stored, with everything that must be durable before its 202 or 250. */
export interface NewMessage {
  readonly id: string;
  readonly projectId: string;
  readonly domainId: string;
  readonly contentKind: "parts" | "mime";
  /** SHA-256 of project id and content. */
  readonly contentHash: Buffer;
  /** The content as a Zstandard frame. */
  readonly contentZstd: Buffer;
  readonly sizeBytes: number;
  readonly headers: StoredHeaders;
  readonly subject: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** 0 urgent, 1 standard, 2 bulk. */
  readonly priority: number;
  readonly acceptedAtMs: number;
  readonly sendAtMs: number | null;
  readonly expiresAtMs: number | null;
  readonly recipients: readonly NewRecipient[];
  readonly events: readonly NewEvent[];
}

/**
 * Stores messages with their contents, recipients, backlog rows and events: one statement, one transaction, one round trip.
 * When it resolves everything is durable (202 and 250 mean committed).
 *
 * The rows travel as one JSON document and the contents as one binary parameter cut by length, because serialising arrays of
 * `bytea` as text costs more than everything else here together.
 */
export async function insertMessages(db: Database, messages: readonly NewMessage[]): Promise<void> {
  const contents = new Map<string, { bucket: string; hash: string; offset: number; length: number }>();
  const frames: Buffer[] = [];
  let offset = 1;
  for (const message of messages) {
    const hash = message.contentHash.toString("hex");
    const bucket = monthBucket(message.acceptedAtMs);
    const key = `${bucket}/${hash}`;
    if (contents.has(key)) continue;
    contents.set(key, { bucket, hash, offset, length: message.contentZstd.length });
    frames.push(message.contentZstd);
    offset += message.contentZstd.length;
  }
  await db.pool.query({
    name: "insert-messages",
    text: INSERT_MESSAGES,
    values: [
      JSON.stringify([...contents.values()]),
      Buffer.concat(frames),
      JSON.stringify(messages.map(messageRow)),
      JSON.stringify(messages.flatMap(recipientRows)),
      JSON.stringify(messages.flatMap((message) => message.events.map(eventRow))),
    ],
  });
}

function messageRow(message: NewMessage): Record<string, unknown> {
  return {
    id: message.id,
    project_id: message.projectId,
    domain_id: message.domainId,
    content_kind: message.contentKind,
    content_hash: message.contentHash.toString("hex"),
    size_bytes: message.sizeBytes,
    headers: message.headers,
    subject: message.subject,
    tags: message.tags,
    metadata: message.metadata,
    priority: message.priority,
    send_at: message.sendAtMs === null ? null : new Date(message.sendAtMs),
    expires_at: message.expiresAtMs === null ? null : new Date(message.expiresAtMs),
  };
}

function recipientRows(message: NewMessage): Record<string, unknown>[] {
  const acceptedAt = new Date(message.acceptedAtMs);
  const dueAt = message.sendAtMs === null ? acceptedAt : new Date(message.sendAtMs);
  return message.recipients.map((recipient) => ({
    message_id: message.id,
    ordinal: recipient.ordinal,
    project_id: message.projectId,
    role: recipient.role,
    address: recipient.address,
    name: recipient.name ?? null,
    updated_at: acceptedAt,
    site: recipient.site,
    priority: message.priority,
    due_at: dueAt,
  }));
}

/** The JSON row of an event, as `json_to_recordset` reads it in every statement that appends to the log. */
export function eventRow(event: NewEvent): Record<string, unknown> {
  return {
    project_id: event.projectId,
    id: event.id,
    type: event.type,
    message_id: event.messageId,
    ordinal: event.ordinal,
    payload: event.payload,
  };
}

/** SQL that appends the events of the JSON parameter `$n` to the log, for use as a data-modifying CTE. */
export const insertEventsSql = (parameter: string): string => `
  INSERT INTO events (project_id, id, type, message_id, ordinal, payload)
  SELECT project_id, id, type, message_id, ordinal, payload
    FROM json_to_recordset(${parameter}::json)
      AS e(project_id uuid, id uuid, type text, message_id uuid, ordinal integer, payload jsonb)`;

const INSERT_MESSAGES = `
WITH new_contents AS (
  INSERT INTO message_contents (bucket, hash, zstd)
  SELECT bucket, decode(hash, 'hex'), substring($2::bytea FROM "offset" FOR length)
    FROM json_to_recordset($1::json) AS c(bucket uuid, hash text, "offset" integer, length integer)
  ON CONFLICT DO NOTHING
), new_messages AS (
  INSERT INTO messages (id, project_id, domain_id, content_kind, content_hash, size_bytes, headers, subject, tags, metadata,
                        priority, send_at, expires_at)
  SELECT id, project_id, domain_id, content_kind, decode(content_hash, 'hex'), size_bytes, headers, subject, tags, metadata,
         priority, send_at, expires_at
    FROM json_to_recordset($3::json)
      AS m(id uuid, project_id uuid, domain_id uuid, content_kind text, content_hash text, size_bytes integer, headers jsonb,
           subject text, tags text[], metadata jsonb, priority smallint, send_at timestamptz, expires_at timestamptz)
), rows AS MATERIALIZED (
  SELECT * FROM json_to_recordset($4::json)
    AS r(message_id uuid, ordinal integer, project_id uuid, role text, address text, name text,
         updated_at timestamptz, site text, priority smallint, due_at timestamptz)
), new_recipients AS (
  INSERT INTO recipients (message_id, ordinal, project_id, role, address, name, state, updated_at)
  SELECT message_id, ordinal, project_id, role, address, name, 'queued', updated_at FROM rows
), new_backlog AS (
  INSERT INTO backlog (message_id, ordinal, project_id, site, priority, due_at)
  SELECT message_id, ordinal, project_id, site, priority, due_at FROM rows
)${insertEventsSql("$5")}`;
