import { sql } from "drizzle-orm";
import { bigint, index, integer, jsonb, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { id } from "./columns.ts";

/**
 * The event log, partitioned by month of `id`.
 *
 * Order: (xact, id). `xact` is the inserting transaction's id, and a reader takes only rows below the oldest transaction still
 * running, so that the order is total, nothing appears behind a cursor later, and writers never wait for each other
 * (ARCHITECTURE.md, decision on the log's order). The time of an event is the time in its UUIDv7 id.
 */
export const events = pgTable(
  "events",
  {
    projectId: id("project_id").notNull(),
    xact: bigint("xact", { mode: "bigint" }).notNull().default(sql`(pg_current_xact_id()::text::bigint)`),
    id: id("id").notNull(),
    type: text("type").notNull(),
    messageId: id("message_id"),
    ordinal: integer("ordinal"),
    payload: jsonb("payload").$type<Readonly<Record<string, unknown>>>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.projectId, table.xact, table.id] }),
    index("events_message").on(table.messageId, table.id),
  ],
);
