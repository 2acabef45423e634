import {
  ACCEPTED_CONTENT,
  ACCEPTED_MESSAGE,
  ACCEPTED_RECIPIENT,
  contentsOf,
  recipientsOf,
} from "./accepted-rows.ts";
import type { Database } from "./database.ts";
import {
  FIRST_LEASE_SQL,
  type FirstLease,
  IS_LEASED_SQL,
  LEASE_EXCEPTIONS_SQL,
  type LeasedRow,
} from "./first-lease.ts";
import { findFirstAnswers, type IdempotencyKey, type Insertion, keyRow } from "./idempotency.ts";
import { LOGGED_EVENT, queryWithRows, rowsSql } from "./row-types.ts";
import type { StoredHeaders, StoredOptions } from "./schema/index.ts";
import type { Queryable } from "./transaction.ts";

/** One recipient of a message about to be stored. */
export interface NewRecipient {
  readonly ordinal: number;
  readonly role: "to" | "cc" | "bcc" | "envelope";
  readonly address: string;
  readonly name?: string;
  /** The lane that will drain it. */
  readonly site: string;
  /** Stored as claimed already, for a lane that waits for it. */
  readonly lease?: FirstLease;
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
  readonly options: StoredOptions;
  /** What messages of one request share. */
  readonly requestId: string | null;
  readonly batchId: string | null;
  readonly recipients: readonly NewRecipient[];
  readonly events: readonly NewEvent[];
  /** Stored only where this key is new; without one always. */
  readonly idempotency?: IdempotencyKey;
}

/** Rounds in which a key that was in the way may have been deleted before it could be read. */
const MAX_ROUNDS = 3;

/**
 * Stores messages with their contents, recipients, backlog rows and events: one statement, one transaction, one round trip.
 * When it resolves everything is durable (202 and 250 mean committed).
 *
 * The rows travel in the binary format (row-encoding.ts) and the contents as one parameter that is cut by length, so that a large
 * one is not copied about with its row.
 *
 * A message with an idempotency key is stored only where its key is new, also among those that arrive with it or are being stored
 * by another process: the key's unique index decides, in the same statement.
 *
 * @returns for each message what became of it, in order; with its recipients that are leased now (see first-lease.ts).
 */
export async function insertMessages(
  db: Database,
  messages: readonly NewMessage[],
): Promise<readonly Insertion[]> {
  const insertions: Insertion[] = messages.map(() => ({ kind: "stored" }));
  let pending = [...messages.entries()];
  for (let round = 0; pending.length > 0; round++) {
    if (round === MAX_ROUNDS) throw new Error("an idempotency key came and went while it was looked for");
    const { refused, leased } = await insertNew(
      db.pool,
      pending.map(([, message]) => message),
    );
    for (const [index, message] of pending) {
      const rows = leased.get(message.id);
      if (rows !== undefined) insertions[index] = { kind: "stored", leased: rows };
    }
    pending = pending.filter(([, message]) => refused.has(message.id));
    if (pending.length === 0) break;
    const answers = await findFirstAnswers(
      db,
      pending.map(([, message]) => message),
    );
    pending = pending.filter(([index, message]) => {
      const answer = answers.get(message.id);
      if (answer !== undefined) insertions[index] = answer;
      return answer === undefined;
    });
  }
  return insertions;
}

/** What an insertion says: the ids of messages whose keys were not new, and of the others the recipients that are leased now. */
interface Inserted {
  readonly refused: ReadonlySet<string>;
  readonly leased: ReadonlyMap<string, readonly LeasedRow[]>;
}

/** Inserts the messages whose keys are new. */
export async function insertNew(client: Queryable, messages: readonly NewMessage[]): Promise<Inserted> {
  const { contents, frames } = contentsOf(messages);
  const keys = messages.flatMap(keyRow);
  const lends = messages.some(({ recipients }) => recipients.some(({ lease }) => lease !== undefined));
  const statement = lends ? INSERT_LEASED : INSERT;
  const rows = await queryWithRows<Exception>(client, {
    ...(keys.length === 0 ? statement.plain : statement.keyed),
    values: (encode) => [
      encode(ACCEPTED_CONTENT, contents),
      frames,
      encode(ACCEPTED_MESSAGE, messages),
      encode(ACCEPTED_RECIPIENT, messages.flatMap(recipientsOf)),
      encode(
        LOGGED_EVENT,
        messages.flatMap(({ events }) => events),
      ),
      ...(keys.length === 0 ? [] : [JSON.stringify(keys)]),
    ],
  });
  const refused = new Set(rows.flatMap((row) => (row.kind === "refused" ? [row.message_id] : [])));
  return { refused, leased: lends ? leasedRows(messages, refused, rows) : new Map() };
}

/** What an inserting statement answers: what did not go the usual way. */
type Exception =
  | { readonly message_id: string; readonly kind: "refused" | "unleased"; readonly ordinal: number }
  | {
      readonly message_id: string;
      readonly kind: "leased";
      readonly ordinal: number;
      readonly suppressed: LeasedRow["suppressed"];
    };

/** Every recipient that asked for a lease has it, the exceptions apart. */
function leasedRows(
  messages: readonly NewMessage[],
  refused: ReadonlySet<string>,
  exceptions: readonly Exception[],
): ReadonlyMap<string, readonly LeasedRow[]> {
  const known = new Map(exceptions.map((row) => [`${row.message_id}.${row.ordinal}`, row]));
  const leased = new Map<string, readonly LeasedRow[]>();
  for (const { id, recipients } of messages) {
    if (refused.has(id)) continue;
    const rows = recipients.flatMap(({ ordinal, lease }): LeasedRow[] => {
      if (lease === undefined) return [];
      const exception = known.get(`${id}.${ordinal}`);
      if (exception === undefined) return [{ ordinal, suppressed: null }];
      return exception.kind === "leased" ? [{ ordinal, suppressed: exception.suppressed }] : [];
    });
    if (rows.length > 0) leased.set(id, rows);
  }
  return leased;
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
export const insertEventsSql = (parameter: string): string =>
  insertEventsFromSql(`json_to_recordset(${parameter}::json)
      AS e(project_id uuid, id uuid, type text, message_id uuid, ordinal integer, payload jsonb)`);

/** The same where the parameter is rows: what the hot statements send. */
export const insertEventRowsSql = (parameter: string): string =>
  insertEventsFromSql(`${rowsSql(parameter, LOGGED_EVENT)} AS e`);

const insertEventsFromSql = (source: string): string => `
  INSERT INTO events (project_id, id, type, message_id, ordinal, payload)
  SELECT project_id, id, type, message_id, ordinal, payload FROM ${source}`;

// Every other part asks for `refused`, so the keys are taken first, and in one order: two statements that have keys or contents in
// common wait for each other one way only.
const KEYS = `
keys AS MATERIALIZED (
  SELECT * FROM json_to_recordset($6::json)
    AS k(project_id uuid, key text, item integer, request_hash text, message_id uuid)
), new_keys AS (
  INSERT INTO idempotency_keys (project_id, key, item, request_hash, message_id)
  SELECT project_id, key, item, decode(request_hash, 'hex'), message_id FROM keys ORDER BY project_id, key, item
  ON CONFLICT DO NOTHING
  RETURNING message_id
), refused AS MATERIALIZED (
  SELECT message_id FROM keys EXCEPT SELECT message_id FROM new_keys
), `;

/** The statement, and those for groups with idempotency keys or first leases; groups without do not pay for them. */
const insertMessagesSql = ({ keyed = false, leased = false }): string => {
  const whereNew = (column: string): string =>
    keyed ? `WHERE ${column} NOT IN (SELECT message_id FROM refused)` : "";
  const whereWanted = keyed
    ? `WHERE EXISTS (SELECT FROM unnest(messages) AS message (id) ${whereNew("message.id")})`
    : "";
  return `
WITH ${keyed ? KEYS : ""}new_contents AS (
  INSERT INTO message_contents (bucket, hash, zstd)
  SELECT bucket, hash, substring($2::bytea FROM start FOR length) FROM ${rowsSql("$1", ACCEPTED_CONTENT)}
  ${whereWanted}
  ON CONFLICT DO NOTHING
), new_messages AS (
  INSERT INTO messages (id, project_id, domain_id, content_kind, content_hash, size_bytes, headers, subject, tags, metadata,
                        priority, send_at, expires_at, request_id, batch_id, options)
  SELECT id, project_id, domain_id, content_kind, content_hash, size_bytes, headers, subject, tags, metadata,
         priority, send_at, expires_at, request_id, batch_id, options
    FROM ${rowsSql("$3", ACCEPTED_MESSAGE)}
  ${whereNew("id")}
), rows AS MATERIALIZED (
  SELECT *${leased ? `, ${IS_LEASED_SQL} AS leased` : ""} FROM ${rowsSql("$4", ACCEPTED_RECIPIENT)} AS r
  ${whereNew("message_id")}
), new_recipients AS (
  INSERT INTO recipients (message_id, ordinal, project_id, role, address, name, state, updated_at)
  SELECT message_id, ordinal, project_id, role, address, name, 'queued', updated_at FROM rows
), new_backlog AS (
  INSERT INTO backlog (message_id, ordinal, project_id, site, priority, due_at, expires_at${
    leased ? ", attempt, lease_id, leased_until" : ""
  })
  SELECT message_id, ordinal, project_id, site, priority, due_at, expires_at${leased ? `, ${FIRST_LEASE_SQL}` : ""} FROM rows
)${keyed || leased ? `, new_events AS (${insertEventRowsSql("$5")} ${whereNew("message_id")}) ` : insertEventRowsSql("$5")}
${[
  keyed
    ? "SELECT message_id, 'refused' AS kind, NULL::integer AS ordinal, NULL AS suppressed FROM refused"
    : [],
  leased ? LEASE_EXCEPTIONS_SQL : [],
]
  .flat()
  .join("\nUNION ALL\n")}`;
};

const INSERT = {
  plain: { name: "insert-messages", text: insertMessagesSql({}) },
  keyed: { name: "insert-keyed-messages", text: insertMessagesSql({ keyed: true }) },
} as const;
const INSERT_LEASED = {
  plain: { name: "insert-leased-messages", text: insertMessagesSql({ leased: true }) },
  keyed: { name: "insert-leased-keyed-messages", text: insertMessagesSql({ keyed: true, leased: true }) },
} as const;
