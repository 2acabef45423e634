import { bigint, date, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { id, instant } from "./columns.ts";
import { projects } from "./projects.ts";

/** Counts of what happened, rolled up from the event log. */
export const dailyStats = pgTable(
  "daily_stats",
  {
    projectId: id("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    /** UTC. */
    day: date("day", { mode: "string" }).notNull(),
    /** A tag of the message; the empty text counts all of them. */
    tag: text("tag").notNull(),
    metric: text("metric").notNull(),
    count: bigint("count", { mode: "number" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.projectId, table.day, table.tag, table.metric] })],
);

/**
 * Finer counts beside `daily_stats`: hours of everything and by tag, hours and days by recipient domain and mailbox provider. A day
 * by tag is here only under the name '', for the tags that `daily_stats` has no room for.
 */
export const statsSeries = pgTable(
  "stats_series",
  {
    projectId: id("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    period: text("period", { enum: ["hour", "day"] }).notNull(),
    /** What `name` names; `all` has the empty name. In the others the empty name is the rest, and has the number of `names` beside. */
    kind: text("kind", { enum: ["all", "tag", "domain", "provider"] }).notNull(),
    /** UTC. */
    start: instant("start").notNull(),
    name: text("name").notNull(),
    metric: text("metric").notNull(),
    count: bigint("count", { mode: "number" }).notNull(),
  },
  (table) => [
    primaryKey({
      columns: [table.projectId, table.period, table.kind, table.start, table.name, table.metric],
    }),
  ],
);

/** How far a project's log has been counted; moved in the transaction that adds the counts. */
export const statsCursors = pgTable("stats_cursors", {
  projectId: id("project_id")
    .primaryKey()
    .references(() => projects.id, { onDelete: "cascade" }),
  cursorXact: bigint("cursor_xact", { mode: "bigint" }).notNull(),
  cursorId: id("cursor_id").notNull(),
});
