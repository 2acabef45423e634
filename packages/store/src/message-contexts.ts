import type { Database } from "./database.ts";

/** What an event does not say of its message, and SendGrid's form of it does. */
export interface MessageContext {
  /** Shared by the messages of one request; null for a message that came alone. */
  readonly requestId: string | null;
  /** Message-ID with its angle brackets; null where the submitted MIME brought its own and it was not kept. */
  readonly smtpId: string | null;
  /** The unsubscribe group it was sent to. */
  readonly group: number | null;
  readonly pool: string | null;
  readonly sendAt: Date | null;
}

/** The contexts of these messages of a project, by id: one statement. Messages that are gone are missing. */
export async function loadMessageContexts(
  db: Database,
  projectId: string,
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, MessageContext>> {
  if (messageIds.length === 0) return new Map();
  const { rows } = await db.pool.query<ContextRow>({
    name: "load-message-contexts",
    text: `SELECT id, request_id, content_kind, headers->'from'->>'address' AS sender,
                  headers->>'messageId' AS own_message_id, send_at,
                  (options->'unsubscribe'->>'group')::integer AS unsubscribe_group, options->>'pool' AS pool
             FROM messages WHERE id = ANY($2::uuid[]) AND project_id = $1`,
    values: [projectId, [...messageIds]],
  });
  return new Map(
    rows.map((row) => [
      row.id,
      {
        requestId: row.request_id,
        smtpId: smtpIdOf(row),
        group: row.unsubscribe_group,
        pool: row.pool,
        sendAt: row.send_at,
      },
    ]),
  );
}

interface ContextRow {
  id: string;
  request_id: string | null;
  content_kind: "parts" | "mime";
  sender: string | null;
  own_message_id: string | null;
  send_at: Date | null;
  unsubscribe_group: number | null;
  pool: string | null;
}

/** Composed messages carry the id that `messageIdOf` of the composer writes. */
function smtpIdOf({ id, content_kind, sender, own_message_id }: ContextRow): string | null {
  if (own_message_id !== null) return own_message_id;
  if (content_kind === "mime" || sender === null) return null;
  return `<${id}@${sender.slice(sender.lastIndexOf("@") + 1)}>`;
}
