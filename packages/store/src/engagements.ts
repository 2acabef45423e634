import { eventRow, insertEventsSql, type NewEvent } from "./accept.ts";
import type { Database } from "./database.ts";
import type { engagements } from "./schema/index.ts";
import { inTransaction } from "./transaction.ts";

/** That a recipient opened a message, or followed a link of it, `count` times. */
export interface NewEngagement
  extends Pick<typeof engagements.$inferSelect, "messageId" | "ordinal" | "kind"> {
  readonly count: number;
  readonly atMs: number;
}

/** What was counted, and whom it is about. `before`: how often it had happened until then. */
export interface CountedEngagement extends NewEngagement {
  readonly projectId: string;
  readonly address: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly before: number;
}

/**
 * Counts engagements, up to `maxCount` of each recipient and kind, and appends the events that tell of them: one transaction.
 * Recipients that do not exist (retention took them), and those at the limit, are passed over.
 *
 * @param hits one for each recipient and kind
 * @param eventsOf the events of one that was counted
 * @returns what was counted
 */
export function recordEngagements(
  db: Database,
  hits: readonly NewEngagement[],
  maxCount: number,
  eventsOf: (counted: CountedEngagement) => readonly NewEvent[],
): Promise<readonly CountedEngagement[]> {
  return inTransaction(db, async ({ client }) => {
    const { rows } = await client.query<CountedRow>(COUNT, [
      JSON.stringify(
        hits.map((hit) => ({
          message_id: hit.messageId,
          ordinal: hit.ordinal,
          kind: hit.kind,
          at: new Date(hit.atMs),
          count: hit.count,
        })),
      ),
      maxCount,
    ]);
    const counted = rows.map((row) => ({
      messageId: row.message_id,
      ordinal: row.ordinal,
      kind: row.kind,
      count: row.added,
      atMs: row.at.getTime(),
      projectId: row.project_id,
      address: row.address,
      tags: row.tags,
      metadata: row.metadata,
      before: row.total - row.added,
    }));
    const events = counted.flatMap(eventsOf);
    if (events.length > 0) await client.query(insertEventsSql("$1"), [JSON.stringify(events.map(eventRow))]);
    return counted;
  });
}

interface CountedRow {
  message_id: string;
  ordinal: number;
  kind: NewEngagement["kind"];
  added: number;
  total: number;
  at: Date;
  project_id: string;
  address: string;
  tags: string[];
  metadata: Record<string, string>;
}

// Rows are locked in the order of their key, so that two who count the same recipients do not wait for each other.
const COUNT = `
WITH hits AS MATERIALIZED (
  SELECT hit.*, recipients.project_id, recipients.address, messages.tags, messages.metadata
    FROM json_to_recordset($1::json) AS hit(message_id uuid, ordinal integer, kind text, at timestamptz, count integer)
    JOIN recipients USING (message_id, ordinal)
    JOIN messages ON messages.id = hit.message_id
), counted AS (
  INSERT INTO engagements (message_id, ordinal, kind, first_at, last_at, count)
  SELECT message_id, ordinal, kind, at, at, count FROM hits ORDER BY message_id, ordinal, kind
  ON CONFLICT (message_id, ordinal, kind) DO UPDATE
     SET last_at = greatest(engagements.last_at, excluded.last_at), count = engagements.count + excluded.count
   WHERE engagements.count < $2
  RETURNING message_id, ordinal, kind, count
)
SELECT message_id, ordinal, kind, hits.count AS added, counted.count AS total, hits.at, hits.project_id, hits.address, hits.tags,
       hits.metadata
  FROM counted JOIN hits USING (message_id, ordinal, kind)`;
