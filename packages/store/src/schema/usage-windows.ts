import { bigint, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** How much of a limit is used up: a row per limited subject and window of time. Processes take from it in portions. */
export const usageWindows = pgTable(
  "usage_windows",
  {
    /** What is limited and of whom, e.g. `key:<id>:requests`. */
    subject: text("subject").notNull(),
    windowStart: instant("window_start").notNull(),
    used: bigint("used", { mode: "number" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.subject, table.windowStart] })],
);
