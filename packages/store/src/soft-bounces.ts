import type { Database } from "./database.ts";
import type { Queryable } from "./transaction.ts";

/** A message that did not reach an address, for a reason that may pass. */
export interface SoftBounce {
  readonly projectId: string;
  readonly address: string;
  readonly messageId: string;
}

/** A pause of that many days begins the count anew: what happened before says nothing of now. */
const FORGET_DAYS = 90;

/**
 * Counts soft bounces, and suppresses the addresses that have too many by the rule of their project (`projects.soft_bounce_limit`),
 * with the reason `bounced` and an end. A message that was delivered since the last one begins the count anew. That is looked up
 * here, at a bounce, so that deliveries cost nothing for it.
 *
 * @param client inside the transaction that records the bounces
 */
export async function countSoftBounces(client: Queryable, bounces: readonly SoftBounce[]): Promise<void> {
  if (bounces.length === 0) return;
  await client.query({
    name: "count-soft-bounces",
    text: COUNT,
    values: [
      JSON.stringify(
        bounces.map(({ projectId, address, messageId }) => ({
          project_id: projectId,
          address: address.toLowerCase(),
          message_id: messageId,
        })),
      ),
    ],
  });
}

/** Deletes counts of addresses that the next bounce would begin anew, for the time that has passed. */
export async function deleteOldSoftBounces(db: Database): Promise<void> {
  await db.pool.query(
    `DELETE FROM soft_bounces WHERE last_at < now() - make_interval(days => ${FORGET_DAYS})`,
  );
}

const BEGINS_ANEW = `(soft_bounces.last_at < now() - make_interval(days => ${FORGET_DAYS}) OR EXISTS (
  SELECT FROM recipients
   WHERE hashtextextended(lower(recipients.address), 0) = hashtextextended(soft_bounces.address, 0)
     AND lower(recipients.address) = soft_bounces.address AND recipients.project_id = soft_bounces.project_id
     AND recipients.state = 'delivered' AND recipients.updated_at > soft_bounces.last_at))`;

// Rows are locked in the order of their key, so that two who count the same addresses do not wait for each other. A project that is
// gone counts nothing.
const COUNT = `
WITH bounces AS MATERIALIZED (
  SELECT b.project_id, b.address, count(*)::integer AS count, (array_agg(b.message_id))[1] AS message_id
    FROM json_to_recordset($1::json) AS b(project_id uuid, address text, message_id uuid)
    JOIN projects ON projects.id = b.project_id AND projects.soft_bounce_limit IS NOT NULL
   GROUP BY b.project_id, b.address
), counted AS (
  INSERT INTO soft_bounces (project_id, address, count, first_at, last_at)
  SELECT project_id, address, count, now(), now() FROM bounces ORDER BY project_id, address COLLATE "C"
  ON CONFLICT (project_id, address) DO UPDATE
     SET count = excluded.count + CASE WHEN ${BEGINS_ANEW} THEN 0 ELSE soft_bounces.count END,
         first_at = CASE WHEN ${BEGINS_ANEW} THEN now() ELSE soft_bounces.first_at END,
         last_at = now()
  RETURNING project_id, address, count, first_at
)
INSERT INTO suppressions (project_id, address, reason, group_id, detail, status, class, message_id, expires_at)
SELECT counted.project_id, counted.address, 'bounced', 0,
       counted.count || ' messages in a row did not arrive, since ' || to_char(counted.first_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
       NULL, 'soft-bounces', bounces.message_id, now() + make_interval(days => projects.soft_suppression_days)
  FROM counted JOIN bounces USING (project_id, address) JOIN projects ON projects.id = counted.project_id
 WHERE counted.count >= projects.soft_bounce_limit
   AND counted.first_at <= now() - make_interval(days => projects.soft_bounce_days)
 ORDER BY counted.project_id, counted.address COLLATE "C"
ON CONFLICT (project_id, address, reason, group_id) DO UPDATE
   SET detail = excluded.detail, status = excluded.status, class = excluded.class, message_id = excluded.message_id,
       expires_at = excluded.expires_at, created_at = now()
 WHERE suppressions.expires_at <= now()`;
