import { pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { id, instant } from "./columns.ts";
import { projects } from "./projects.ts";

/** Addresses that a project must not write to. */
export const suppressions = pgTable(
  "suppressions",
  {
    projectId: id("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    /** Lower-cased address. */
    address: text("address").notNull(),
    reason: text("reason", { enum: ["bounced", "complained", "unsubscribed", "manual"] }).notNull(),
    detail: text("detail"),
    messageId: id("message_id"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.projectId, table.address] })],
);
