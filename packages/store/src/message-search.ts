import { lowestIdAt } from "@waxwing/runtime";
import type { Database } from "./database.ts";
import type { RecipientState, StoredMailbox } from "./schema/index.ts";

/** What to look for; all that is given must hold. */
export interface MessageSearch {
  readonly projectId: string;
  /** A whole address, in any case. */
  readonly recipient?: string | undefined;
  /** Part of the sender's address, in any case. */
  readonly sender?: string | undefined;
  /** Part of the subject, in any case. */
  readonly subject?: string | undefined;
  readonly tag?: string | undefined;
  /** The state of a recipient: of the one looked for, or of any. */
  readonly state?: RecipientState | undefined;
  /** Accepted at this time or later, Unix time in ms. */
  readonly fromMs?: number | undefined;
  /** Accepted before this time, Unix time in ms. */
  readonly toMs?: number | undefined;
  /** `next` of the page before. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** A message as a list shows it. */
export interface FoundMessage {
  readonly id: string;
  readonly from: StoredMailbox;
  readonly subject: string;
  readonly tags: readonly string[];
  readonly sendAt: Date | null;
  readonly recipientCount: number;
  /** The first of them. */
  readonly recipients: readonly {
    readonly ordinal: number;
    readonly address: string;
    readonly state: RecipientState;
    /** The lane it waits in; null where it does not, or a worker has it. */
    readonly lane: string | null;
  }[];
}

/**
 * Messages that one page looks at. What no index serves (sender, subject, tag, state) is compared in this many of the project's
 * newest messages, or of the recipient's; then the page ends, full or not, and the next one goes on from there. So a page costs
 * the same beside ten thousand and a hundred million messages, and accepting a message pays for no index of texts.
 */
const WINDOW = 10_000;
const SHOWN_RECIPIENTS = 10;
const HIGHEST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/**
 * One page of a project's messages, newest first.
 *
 * @returns the messages, at most `limit` and perhaps fewer; `next` is where the next page begins, null after the last.
 */
export async function searchMessages(
  db: Database,
  search: MessageSearch,
): Promise<{ readonly messages: readonly FoundMessage[]; readonly next: string | null }> {
  const { limit } = search;
  const values: unknown[] = [];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const candidates = candidateIds(search, parameter);
  const candidateValues = values.length;
  const text = `
    SELECT page.id, page.headers->'from' AS "from", page.subject, page.tags, page.send_at AS "sendAt",
           (SELECT count(*)::int FROM recipients WHERE message_id = page.id) AS "recipientCount",
           (SELECT json_agg(json_build_object('ordinal', ordinal, 'address', address, 'state', ${STATE},
                                              'lane', CASE WHEN b.lease_id IS NULL THEN b.site END) ORDER BY ordinal)
              FROM (SELECT * FROM recipients WHERE message_id = page.id ORDER BY ordinal LIMIT ${SHOWN_RECIPIENTS}) AS r
              LEFT JOIN backlog AS b USING (message_id, ordinal)) AS recipients
      FROM (SELECT m.* FROM (${candidates} LIMIT ${WINDOW}) AS candidate
              JOIN messages AS m ON m.id = candidate.id
             WHERE ${conditions(search, parameter).join(" AND ")}
             ORDER BY m.id DESC LIMIT ${parameter(limit + 1)}) AS page
     ORDER BY page.id DESC`;
  const { rows } = await db.pool.query<FoundMessage>(text, values);
  if (rows.length > limit) return { messages: rows.slice(0, limit), next: rows[limit - 1]?.id ?? null };
  const { rows: ends } = await db.pool.query<{ id: string }>(
    `${candidates} LIMIT 1 OFFSET ${WINDOW - 1}`,
    values.slice(0, candidateValues),
  );
  return { messages: rows, next: ends[0]?.id ?? null };
}

/** The ids to look at, newest first, by index alone. */
function candidateIds(search: MessageSearch, parameter: (value: unknown) => string): string {
  const { projectId, recipient, fromMs, toMs, before = HIGHEST_ID } = search;
  const ends = [before, ...(toMs === undefined ? [] : [lowestIdAt(toMs)])].sort();
  const project = parameter(projectId);
  const low = parameter(fromMs === undefined ? lowestIdAt(0) : lowestIdAt(fromMs));
  const high = parameter(ends[0]);
  if (recipient === undefined) {
    return `SELECT id FROM messages WHERE project_id = ${project} AND id >= ${low} AND id < ${high} ORDER BY id DESC`;
  }
  const address = `lower(${parameter(recipient)}::text)`;
  return `SELECT DISTINCT message_id AS id FROM recipients
           WHERE hashtextextended(lower(address), 0) = hashtextextended(${address}, 0)
             AND message_id >= ${low} AND message_id < ${high}
             AND lower(address) = ${address} AND project_id = ${project}
           ORDER BY message_id DESC`;
}

/** What a recipient's state is, with what the backlog knows of it. */
const STATE = "CASE WHEN b.lease_id IS NOT NULL THEN 'sending' ELSE r.state END";

function conditions(search: MessageSearch, parameter: (value: unknown) => string): readonly string[] {
  const { projectId, recipient, sender, subject, tag, state } = search;
  const found = [`m.project_id = ${parameter(projectId)}`];
  // position, not LIKE: nothing in the text has a meaning of its own.
  const contains = (column: string, text: string): string =>
    `position(lower(${parameter(text)}::text) IN lower(${column})) > 0`;
  if (sender !== undefined) found.push(contains("m.headers->'from'->>'address'", sender));
  if (subject !== undefined) found.push(contains("m.subject", subject));
  if (tag !== undefined) found.push(`${parameter(tag)}::text = ANY(m.tags)`);
  if (state !== undefined) {
    const same = recipient === undefined ? "" : `AND lower(r.address) = lower(${parameter(recipient)}::text)`;
    found.push(`EXISTS (SELECT FROM recipients AS r LEFT JOIN backlog AS b USING (message_id, ordinal)
                         WHERE r.message_id = m.id AND ${STATE} = ${parameter(state)}::text ${same})`);
  }
  return found;
}
