import { index, pgTable, text } from "drizzle-orm/pg-core";
import { id, instant } from "./columns.ts";
import { projects } from "./projects.ts";

/** Messages that are paused or cancelled together before their time. The status is read when a recipient is claimed. */
export const sendBatches = pgTable(
  "send_batches",
  {
    id: text("id").primaryKey(),
    projectId: id("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    /** null: they are sent at their time. */
    status: text("status", { enum: ["pause", "cancel"] }),
    statusSetAt: instant("status_set_at"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [index("send_batches_project").on(table.projectId)],
);
