import { sql } from "drizzle-orm";
import { index, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { id, instant } from "./columns.ts";
import { projects } from "./projects.ts";

/** Why an address is on record. */
export const SUPPRESSION_REASONS = [
  "bounced",
  "complained",
  "unsubscribed",
  "manual",
  "invalid",
  "blocked",
] as const;

/** Addresses that a project must not write to: at all, or in one unsubscribe group. An address may be here for several reasons. */
export const suppressions = pgTable(
  "suppressions",
  {
    projectId: id("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    /** Lower-cased address. */
    address: text("address").notNull(),
    /** `blocked` is kept for show and keeps nothing from being sent. */
    reason: text("reason", { enum: SUPPRESSION_REASONS }).notNull(),
    /** 0: all mail; otherwise the unsubscribe group that was left. */
    groupId: integer("group_id").notNull().default(0),
    detail: text("detail"),
    /** RFC 3463 enhanced status code of a bounce. */
    status: text("status"),
    /** What the bounce was about (FailureClass of the message package); null where that is not known. */
    class: text("class"),
    messageId: id("message_id"),
    /** From then on it no longer counts; null: until it is lifted. */
    expiresAt: instant("expires_at"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.projectId, table.address, table.reason, table.groupId] }),
    // SendGrid's lists are by reason and time.
    index("suppressions_created").on(table.projectId, table.reason, table.createdAt),
    // Who has left a group, and how many.
    index("suppressions_group")
      .on(table.projectId, table.groupId, table.address)
      .where(sql`${table.groupId} > 0`),
  ],
);
