import { doublePrecision, index, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { id, instant } from "./columns.ts";

/** An operator's limits for the servers that a pattern names; null: what the shipped rules say. */
export const shapingRules = pgTable("shaping_rules", {
  id: id("id").primaryKey(),
  /** `mx.example.org`, `.example.org` for all names below it, or `*`: names of MX hosts and of recipient domains. */
  pattern: text("pattern").notNull().unique(),
  connections: integer("connections"),
  connectionsPerHost: integer("connections_per_host"),
  messagesPerConnection: integer("messages_per_connection"),
  messagesPerSecond: doublePrecision("messages_per_second"),
  note: text("note"),
  /** Counts changes, as in `routes`. */
  revision: integer("revision").notNull().default(1),
  createdAt: instant("created_at").notNull().defaultNow(),
});

/**
 * What a site is not sent from a source for a while, and why. A row outlives its end for as long as it tells the next failure how long
 * to pause; workers learn of rows that changed by `changed_at`.
 */
export const sitePauses = pgTable(
  "site_pauses",
  {
    site: text("site").notNull(),
    /** Name of the egress source. */
    source: text("source").notNull(),
    kind: text("kind", { enum: ["unreachable", "reply"] }).notNull(),
    until: instant("until").notNull(),
    /** The words of the server, or of the failure. */
    reason: text("reason").notNull(),
    /** Failed tries to reach it in a row. */
    failures: integer("failures").notNull(),
    changedAt: instant("changed_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.site, table.source] }),
    index("site_pauses_changed").on(table.changedAt),
  ],
);
