import { integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { id, instant } from "./columns.ts";

/** Whether and how often a recipient opened a message or followed one of its links; partitioned with its message. */
export const engagements = pgTable(
  "engagements",
  {
    messageId: id("message_id").notNull(),
    ordinal: integer("ordinal").notNull(),
    kind: text("kind", { enum: ["opened", "clicked"] }).notNull(),
    firstAt: instant("first_at").notNull(),
    lastAt: instant("last_at").notNull(),
    count: integer("count").notNull(),
  },
  (table) => [primaryKey({ columns: [table.messageId, table.ordinal, table.kind] })],
);
