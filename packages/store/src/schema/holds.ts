import { pgTable, text, unique } from "drizzle-orm/pg-core";
import { id, instant } from "./columns.ts";
import { projects } from "./projects.ts";

/** What a hold is on. */
export const HOLD_KINDS = ["site", "domain", "project", "tag"] as const;

/** Mail that is held back until somebody resumes it: what `value` names of this kind. */
export const holds = pgTable(
  "holds",
  {
    id: id("id").primaryKey(),
    kind: text("kind", { enum: HOLD_KINDS }).notNull(),
    /** The site's name without a pool, the recipients' domain, the project's id, or the tag. */
    value: text("value").notNull(),
    /** Whose mail it holds; null: everybody's. */
    projectId: id("project_id").references(() => projects.id, { onDelete: "cascade" }),
    reason: text("reason").notNull(),
    /** When it ends by itself; null: when it is lifted. */
    until: instant("until"),
    /** The API key that asked for it; null: the command line. */
    createdBy: id("created_by"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [unique("holds_of").on(table.kind, table.value, table.projectId).nullsNotDistinct()],
);
