import type { Database } from "../packages/store/src/database.ts";

/** Rows of one statement: memory of the server, not of the bench. */
const AT_ONCE = 50_000;

/**
 * Adds messages until so many wait at `site`, all due: copies of the first message there is, with ids, addresses and content rows of
 * their own. Contents say the same under different hashes, so that each is read from where it lies.
 */
export async function fillBacklog(
  db: Database,
  { waiting, site }: { readonly waiting: number; readonly site: string },
): Promise<void> {
  const { rows } = await db.pool.query<{ count: number }>("SELECT count(*)::integer AS count FROM backlog");
  for (let left = waiting - (rows[0]?.count ?? 0); left > 0; left -= AT_ONCE)
    await db.pool.query(ADD, [Math.min(AT_ONCE, left), site]);
  // What autovacuum would do soon, and would be counted for the messages that are delivered meanwhile.
  await db.pool.query("VACUUM (ANALYZE)");
  await db.pool.query("CHECKPOINT");
}

const ADD = `
WITH model AS (SELECT * FROM messages ORDER BY id LIMIT 1
), new AS MATERIALIZED (
  SELECT uuidv7() AS id, n, sha256(convert_to(gen_random_uuid()::text, 'UTF8')) AS hash FROM generate_series(1, $1::integer) AS n
), new_contents AS (
  INSERT INTO message_contents (bucket, hash, zstd)
  SELECT content.bucket, new.hash, content.zstd FROM new, model JOIN message_contents AS content ON content.hash = model.content_hash
), new_messages AS (
  INSERT INTO messages (id, project_id, domain_id, content_kind, content_hash, size_bytes, headers, subject, tags, metadata,
                        priority, send_at, expires_at, request_id, batch_id, options)
  SELECT new.id, project_id, domain_id, content_kind, new.hash, size_bytes, headers, subject, tags, metadata,
         priority, send_at, expires_at, request_id, batch_id, options
    FROM new, model
), new_recipients AS (
  INSERT INTO recipients (message_id, ordinal, project_id, role, address, state, updated_at)
  SELECT new.id, 0, project_id, 'to', 'customer-' || n || '@site-' || n % 10 || '.test', 'queued', now() FROM new, model
), new_events AS (
  INSERT INTO events (project_id, id, type, message_id, ordinal, payload)
  SELECT events.project_id, uuidv7(), events.type, new.id, events.ordinal, events.payload
    FROM new, model JOIN events ON events.message_id = model.id
)
INSERT INTO backlog (message_id, ordinal, project_id, site, priority, due_at)
SELECT new.id, 0, project_id, $2, priority, now() FROM new, model`;
