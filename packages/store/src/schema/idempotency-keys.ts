import { index, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { bytea, id, instant } from "./columns.ts";

/**
 * Idempotency keys of the last day. A row is inserted by the statement that stores its message, so neither is ever there without
 * the other.
 */
export const idempotencyKeys = pgTable(
  "idempotency_keys",
  {
    projectId: id("project_id").notNull(),
    key: text("key").notNull(),
    /** Position in a batch; -1 for the request as a whole. */
    item: integer("item").notNull(),
    /** SHA-256 of the request, equal for all items of a batch. */
    requestHash: bytea("request_hash").notNull(),
    /** Null for a batch as a whole: its messages have rows of their own. */
    messageId: id("message_id"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.projectId, table.key, table.item] }),
    index("idempotency_keys_created").on(table.createdAt),
  ],
);
