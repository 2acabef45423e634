import { isNotNull } from "drizzle-orm";
import { index, integer, pgTable, primaryKey, smallint, text } from "drizzle-orm/pg-core";
import { id, instant } from "./columns.ts";

/**
 * The hot table: one small row per recipient that is not finished, inserted at accept, deleted with the outcome.
 *
 * Invariants:
 * - a row exists exactly as long as its recipient is `queued`, `sending` or `deferred`;
 * - a row whose `leased_until` lies ahead belongs to `lease_id` alone. The lease columns are in no index, so that a claim is
 *   a heap-only update and the claim index is written only at insert, deferral and delete;
 * - `attempt` counts claims: a claim that finds a lease that ran out writes the lost attempt as `unknown`, which is how a
 *   possible duplicate shows (DESIGN section 3, invariant 3).
 */
export const backlog = pgTable(
  "backlog",
  {
    messageId: id("message_id").notNull(),
    ordinal: integer("ordinal").notNull(),
    projectId: id("project_id").notNull(),
    /** The destination site whose lane drains this row. */
    site: text("site").notNull(),
    /** 0 urgent, 1 standard, 2 bulk. */
    priority: smallint("priority").notNull(),
    dueAt: instant("due_at").notNull(),
    attempt: smallint("attempt").notNull().default(0),
    leaseId: id("lease_id"),
    leasedUntil: instant("leased_until"),
    /** When the message's `ttl_seconds` end, so that what nobody claims expires in time as well; null: never. */
    expiresAt: instant("expires_at"),
    /** The hold on a domain or a tag that has put the row off; a claim takes it away. See `holds.ts`. */
    holdId: id("hold_id"),
  },
  (table) => [
    primaryKey({ columns: [table.messageId, table.ordinal] }),
    index("backlog_claim").on(table.site, table.priority, table.projectId, table.dueAt),
    index("backlog_expiring").on(table.expiresAt).where(isNotNull(table.expiresAt)),
    index("backlog_held").on(table.holdId, table.messageId, table.ordinal).where(isNotNull(table.holdId)),
  ],
);
