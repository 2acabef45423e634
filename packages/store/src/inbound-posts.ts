import { lowestIdAt } from "@waxwing/runtime";
import { and, asc, desc, eq, lte } from "drizzle-orm";
import type { Database } from "./database.ts";
import { storableJson } from "./mail-transaction.ts";
import { inboundMails, inboundPosts, inboundRoutes, type StoredInboundFacts } from "./schema/index.ts";
import type { Queryable } from "./transaction.ts";

export type InboundPost = typeof inboundPosts.$inferSelect;

/** A mail to be posted, with the posts that it is for. Stored in the transaction that files it. */
export interface NewInboundMail {
  readonly id: string;
  readonly projectId: string;
  readonly facts: StoredInboundFacts;
  /** Zstandard frame (RFC 8878). */
  readonly zstd: Buffer;
  readonly posts: readonly (Pick<InboundPost, "id" | "routeId" | "recipients" | "url" | "format" | "raw"> & {
    readonly dueAtMs: number;
  })[];
}

/** Inserts a mail with its posts. */
export async function insertInboundMail(client: Queryable, mail: NewInboundMail): Promise<void> {
  await client.query({
    name: "insert-inbound-mail",
    text: `WITH mail AS (INSERT INTO inbound_mails (id, project_id, facts, zstd) VALUES ($1, $2, $3::jsonb, $4))
           INSERT INTO inbound_posts (id, mail_id, project_id, route_id, recipients, url, format, raw, due_at)
           SELECT p.id, $1, $2, p.route_id, p.recipients, p.url, p.format, p.raw, p.due_at
             FROM json_to_recordset($5::json)
               AS p(id uuid, route_id uuid, recipients text[], url text, format text, raw boolean, due_at timestamptz)
            -- A route that is gone by now posts nothing, and must not keep the mail from being filed.
             JOIN inbound_routes ON inbound_routes.id = p.route_id FOR KEY SHARE OF inbound_routes`,
    values: [
      mail.id,
      mail.projectId,
      storableJson(mail.facts),
      mail.zstd,
      storableJson(
        mail.posts.map(({ id, routeId, recipients, url, format, raw, dueAtMs }) => ({
          id,
          route_id: routeId,
          recipients,
          url,
          format,
          raw,
          due_at: new Date(dueAtMs),
        })),
      ),
    ],
  });
}

/** A post that is due, with what it needs. `sealedSecret` is the route's. */
export interface DueInboundPost {
  readonly post: InboundPost;
  readonly sealedSecret: string;
  readonly facts: StoredInboundFacts;
  readonly zstd: Buffer;
}

/** Pending posts of a route that are due, oldest first. */
export async function dueInboundPosts(
  db: Database,
  routeId: string,
  nowMs: number,
  limit: number,
): Promise<readonly DueInboundPost[]> {
  return await db.orm
    .select({
      post: inboundPosts,
      sealedSecret: inboundRoutes.sealedSecret,
      facts: inboundMails.facts,
      zstd: inboundMails.zstd,
    })
    .from(inboundPosts)
    .innerJoin(inboundRoutes, eq(inboundRoutes.id, inboundPosts.routeId))
    .innerJoin(inboundMails, eq(inboundMails.id, inboundPosts.mailId))
    .where(
      and(
        eq(inboundPosts.routeId, routeId),
        eq(inboundPosts.state, "pending"),
        lte(inboundPosts.dueAt, new Date(nowMs)),
      ),
    )
    .orderBy(asc(inboundPosts.dueAt), asc(inboundPosts.id))
    .limit(limit);
}

/** What became of a post. `dueAtMs` is null unless it is to be tried again. */
export interface InboundPostOutcome {
  readonly id: string;
  readonly state: InboundPost["state"];
  readonly attempts: number;
  readonly dueAtMs: number | null;
  readonly status: number | null;
  readonly error: string | null;
  readonly durationMs: number;
}

/** Records what became of a post; the mail goes with the last one that it waited for. */
export async function recordInboundPost(db: Database, outcome: InboundPostOutcome): Promise<void> {
  const { id, state, attempts, dueAtMs, status, error, durationMs } = outcome;
  await db.pool.query({
    name: "record-inbound-post",
    text: `WITH settled AS (
             UPDATE inbound_posts SET state = $2, attempts = $3, due_at = $4, status = $5, error = $6, duration_ms = $7
              WHERE id = $1 AND state = 'pending' RETURNING mail_id
           )
           DELETE FROM inbound_mails USING settled
            WHERE inbound_mails.id = settled.mail_id AND $2 <> 'pending'
              AND NOT EXISTS (SELECT FROM inbound_posts other
                               WHERE other.mail_id = settled.mail_id AND other.state = 'pending' AND other.id <> $1)`,
    values: [id, state, attempts, dueAtMs === null ? null : new Date(dueAtMs), status, error, durationMs],
  });
}

/** When the next pending post of a route is due, or null. */
export async function nextInboundPostAt(db: Database, routeId: string): Promise<Date | null> {
  const { rows } = await db.pool.query<{ due: Date | null }>({
    name: "next-inbound-post-at",
    text: `SELECT min(due_at) AS due FROM inbound_posts WHERE route_id = $1 AND state = 'pending'`,
    values: [routeId],
  });
  return rows[0]?.due ?? null;
}

/** Routes with posts that are due. */
export async function inboundRoutesBehind(db: Database): Promise<readonly string[]> {
  const { rows } = await db.pool.query<{ id: string }>({
    name: "inbound-routes-behind",
    text: `SELECT id FROM inbound_routes
            WHERE EXISTS (SELECT FROM inbound_posts p
                           WHERE p.route_id = inbound_routes.id AND p.state = 'pending' AND p.due_at <= now())`,
  });
  return rows.map((row) => row.id);
}

/** The newest posts of a route. */
export function listInboundPosts(db: Database, routeId: string, limit: number): Promise<InboundPost[]> {
  return db.orm
    .select()
    .from(inboundPosts)
    .where(eq(inboundPosts.routeId, routeId))
    .orderBy(desc(inboundPosts.id))
    .limit(limit);
}

/** How long what became of a post can be looked up. */
const KEPT_MS = 30 * 86_400_000;
/** A mail is stored with its posts, so one without is done with; those of this moment need not be looked at. */
const SETTLED_MS = 3_600_000;

/** Deletes posts that were made 30 days ago and wait no more, and mails that nothing waits for. For a periodic job. */
export async function deleteOldInboundPosts(db: Database, nowMs: number): Promise<void> {
  await db.pool.query("DELETE FROM inbound_posts WHERE state <> 'pending' AND id < $1", [
    lowestIdAt(nowMs - KEPT_MS),
  ]);
  await db.pool.query(
    `DELETE FROM inbound_mails
      WHERE id < $1 AND NOT EXISTS (SELECT FROM inbound_posts p WHERE p.mail_id = inbound_mails.id AND p.state = 'pending')`,
    [lowestIdAt(nowMs - SETTLED_MS)],
  );
}
