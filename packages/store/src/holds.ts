import { and, asc, count, eq, gt, isNull, or, sql } from "drizzle-orm";
import { type Actor, recordAudit } from "./audit-log.ts";
import type { RecipientRef } from "./claim.ts";
import type { Database } from "./database.ts";
import { HOLD_KINDS, holds } from "./schema/index.ts";
import { inTransaction } from "./transaction.ts";

/**
 * Holds: mail that stays queued until somebody resumes it, and costs nothing meanwhile.
 *
 * - A hold on a site or a project is part of the claim (`IN_FORCE` below, in claim.ts): what it holds is not claimed, whatever a
 *   worker has in memory, and its rows are not touched however many there are. Lifting it wakes the lanes.
 * - A hold on a recipients' domain or a tag cannot be seen from the claim's index, so its rows are claimed once and put off: to the
 *   end of the hold, or far away. Each such row names its hold (`backlog.hold_id`), and a claim takes that name away: so lifting a
 *   hold brings back exactly the rows it has put off, in batches, found by a partial index. It costs a claim and an update for each
 *   recipient once, and another update when it is lifted.
 * - {@link putOffHeld} locks the hold's row while it puts rows off, and lifting deletes that row. So a row is either put off before and
 *   brought back after, or finds no hold any more and is due at once. A process that dies between the deletion and the bringing back
 *   leaves rows that name a hold which is not there: {@link orphanedHolds} finds them, and every worker looks now and then.
 * - `expires_at` is in the backlog, so that messages whose time to live ends meanwhile expire all the same.
 */
export type Hold = typeof holds.$inferSelect;
export type HoldKind = Hold["kind"];
export { HOLD_KINDS };

/** SQL that is true of a row of `holds` that holds now. */
const IN_FORCE = "(holds.until IS NULL OR holds.until > now())";

/** SQL: no hold is on the site of this lane (its name without the pool). */
export const siteIsFree = (lane: string): string =>
  `NOT EXISTS (SELECT FROM holds WHERE kind = 'site' AND value = split_part(${lane}, '|', 1) AND ${IN_FORCE})`;

/** SQL: no hold is on this project. */
export const projectIsFree = (projectId: string): string =>
  `NOT EXISTS (SELECT FROM holds WHERE kind = 'project' AND value = ${projectId}::text AND ${IN_FORCE})`;

/** The holds of a project, or with null all there are; oldest first. */
export function listHolds(db: Database, projectId: string | null): Promise<Hold[]> {
  return db.orm
    .select()
    .from(holds)
    .where(and(ownedBy(projectId), or(isNull(holds.until), gt(holds.until, sql`now()`))))
    .orderBy(asc(holds.id));
}

/** A hold of a project, or with null any; null when there is none. */
export async function findHold(db: Database, projectId: string | null, holdId: string): Promise<Hold | null> {
  const [row] = await db.orm
    .select()
    .from(holds)
    .where(and(eq(holds.id, holdId), ownedBy(projectId)));
  return row ?? null;
}

/** What `putHold` did. `changed`: there was one on the same, which has the new reason and end now. */
export type PutHold =
  | { readonly kind: "created" | "changed"; readonly hold: Hold }
  | { readonly kind: "limit-reached" };

/**
 * Puts a hold on something, `limit` for a project (or for the platform) at most.
 *
 * What an earlier end of a changed hold had put off is brought back by the caller ({@link bringBack}), to be put off anew.
 */
export function putHold(
  db: Database,
  actor: Actor,
  hold: typeof holds.$inferInsert,
  limit: number,
): Promise<PutHold> {
  return inTransaction(db, async ({ client, orm }) => {
    // Two that are put at once must not both be the last one allowed.
    await client.query("SELECT FROM projects WHERE id = $1 FOR NO KEY UPDATE", [actor.projectId]);
    const owner =
      hold.projectId === undefined || hold.projectId === null
        ? isNull(holds.projectId)
        : eq(holds.projectId, hold.projectId);
    const same = and(eq(holds.kind, hold.kind), eq(holds.value, hold.value), owner);
    const { reason, until = null } = hold;
    const [changed] = await orm.update(holds).set({ reason, until }).where(same).returning();
    if (changed !== undefined) {
      await recordAudit(client, actor, "hold.changed", `${changed.kind}:${changed.value}`);
      return { kind: "changed", hold: changed };
    }
    const [counted] = await orm.select({ count: count() }).from(holds).where(owner);
    if ((counted?.count ?? 0) >= limit) return { kind: "limit-reached" };
    const [created] = await orm.insert(holds).values(hold).returning();
    if (created === undefined) throw new Error("INSERT ... RETURNING gave no row");
    await recordAudit(client, actor, "hold.created", `${created.kind}:${created.value}`);
    return { kind: "created", hold: created };
  });
}

/**
 * Lifts a hold of a project, or with null any. Nothing is put off for it any more; what was, is brought back by the caller
 * ({@link bringBack}). Returns it, or null when there is none.
 */
export function liftHold(
  db: Database,
  actor: Actor,
  projectId: string | null,
  holdId: string,
): Promise<Hold | null> {
  return inTransaction(db, async ({ client, orm }) => {
    const [row] = await orm
      .delete(holds)
      .where(and(eq(holds.id, holdId), ownedBy(projectId)))
      .returning();
    if (row === undefined) return null;
    await recordAudit(client, actor, "hold.lifted", `${row.kind}:${row.value}`);
    return row;
  });
}

/** Forgets holds that have ended by themselves. */
export async function deleteEndedHolds(db: Database): Promise<void> {
  await db.pool.query("DELETE FROM holds WHERE until <= now()");
}

/** Gives claimed recipients back untried, each to the end of its hold; one whose hold is gone by now is due as it was. */
export async function putOffHeld(
  db: Database,
  leaseId: string,
  held: readonly (RecipientRef & { readonly interrupted: boolean; readonly holdId: string })[],
): Promise<void> {
  await db.pool.query({
    name: "put-off-held",
    text: PUT_OFF,
    values: [
      leaseId,
      held.map((ref) => ref.messageId),
      held.map((ref) => ref.ordinal),
      held.map((ref) => ref.interrupted),
      held.map((ref) => ref.holdId),
    ],
  });
}

/** A hold without an end is looked at again after this long. */
const FAR = "interval '1 year'";

const PUT_OFF = `
WITH held AS MATERIALIZED (
  SELECT * FROM unnest($2::uuid[], $3::integer[], $4::boolean[], $5::uuid[])
    AS held(message_id, ordinal, interrupted, hold_id)
), in_force AS MATERIALIZED (
  SELECT id, until FROM holds WHERE id IN (SELECT hold_id FROM held) AND ${IN_FORCE} ORDER BY id FOR SHARE
)
UPDATE backlog SET attempt = backlog.attempt - 1,
       lease_id = CASE WHEN held.interrupted THEN $1::uuid END, leased_until = CASE WHEN held.interrupted THEN now() END,
       due_at = CASE WHEN in_force.id IS NULL THEN backlog.due_at ELSE coalesce(in_force.until, now() + ${FAR}) END,
       hold_id = in_force.id
  FROM held LEFT JOIN in_force ON in_force.id = held.hold_id
 WHERE backlog.message_id = held.message_id AND backlog.ordinal = held.ordinal AND backlog.lease_id = $1`;

/** Rows brought back by one statement: few enough that nobody waits for it for long. */
const BACK_AT_ONCE = 1_000;

/** Makes due what a hold has put off, in batches. Returns the lanes to wake. Safe to repeat. */
export async function bringBack(db: Database, holdId: string): Promise<readonly string[]> {
  const lanes = new Set<string>();
  for (;;) {
    const { rows } = await db.pool.query<{ site: string }>({
      name: "bring-back",
      text: BRING_BACK,
      values: [holdId, BACK_AT_ONCE],
    });
    for (const { site } of rows) lanes.add(site);
    if (rows.length < BACK_AT_ONCE) return [...lanes];
  }
}

const BRING_BACK = `
WITH held AS MATERIALIZED (
  SELECT message_id, ordinal FROM backlog WHERE hold_id = $1 ORDER BY message_id, ordinal LIMIT $2 FOR UPDATE
)
UPDATE backlog SET hold_id = NULL, due_at = now()
  FROM held
 WHERE backlog.message_id = held.message_id AND backlog.ordinal = held.ordinal
RETURNING backlog.site`;

/** Holds that rows still wait for although they were lifted or have ended: found by skipping through the partial index. */
export async function orphanedHolds(db: Database): Promise<readonly string[]> {
  const { rows } = await db.pool.query<{ hold_id: string }>(
    `WITH RECURSIVE named AS (
       (SELECT hold_id FROM backlog WHERE hold_id IS NOT NULL ORDER BY hold_id LIMIT 1)
       UNION ALL
       SELECT next.hold_id FROM named, LATERAL (
         SELECT hold_id FROM backlog WHERE hold_id IS NOT NULL AND hold_id > named.hold_id ORDER BY hold_id LIMIT 1) AS next
     )
     SELECT hold_id FROM named WHERE NOT EXISTS (SELECT FROM holds WHERE holds.id = named.hold_id)`,
  );
  return rows.map((row) => row.hold_id);
}

function ownedBy(projectId: string | null) {
  return projectId === null ? undefined : eq(holds.projectId, projectId);
}
