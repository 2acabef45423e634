import { sql } from "drizzle-orm";
import { index, integer, pgTable, primaryKey, smallint, text } from "drizzle-orm/pg-core";
import { id, instant } from "./columns.ts";

/** The states of DESIGN section 1.3. `dropped`, `bounced`, `delivered`, `cancelled` and `expired` are final. */
export const RECIPIENT_STATES = [
  "queued",
  "sending",
  "deferred",
  "delivered",
  "bounced",
  "dropped",
  "cancelled",
  "expired",
] as const;

export type RecipientState = (typeof RECIPIENT_STATES)[number];

/** One row per recipient, partitioned with its message. Its public id is `<message id>.<ordinal>`. */
export const recipients = pgTable(
  "recipients",
  {
    messageId: id("message_id").notNull(),
    /** Position in the request: to, then cc, then bcc. */
    ordinal: integer("ordinal").notNull(),
    projectId: id("project_id").notNull(),
    role: text("role", { enum: ["to", "cc", "bcc", "envelope"] }).notNull(),
    address: text("address").notNull(),
    name: text("name"),
    state: text("state", { enum: RECIPIENT_STATES }).notNull(),
    attempts: smallint("attempts").notNull().default(0),
    /** The last words of the other side, or ours where there were none. */
    reply: text("reply"),
    updatedAt: instant("updated_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.messageId, table.ordinal] }),
    // For searching by address. Eight bytes of hash instead of the address: the entries fall all over the index, so what is kept
    // in memory of it decides what an insert costs. The address itself is compared in the row.
    index("recipients_address").on(sql`hashtextextended(lower(${table.address}), 0)`, table.messageId),
  ],
);
