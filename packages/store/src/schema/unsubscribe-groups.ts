import { boolean, index, integer, pgTable, text } from "drizzle-orm/pg-core";
import { id, instant } from "./columns.ts";
import { projects } from "./projects.ts";

/** A kind of mail that a recipient can leave without leaving the others. Its id is a number, as SendGrid's clients want it. */
export const unsubscribeGroups = pgTable(
  "unsubscribe_groups",
  {
    id: integer("id").primaryKey().generatedAlwaysAsIdentity(),
    projectId: id("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    description: text("description").notNull(),
    isDefault: boolean("is_default").notNull().default(false),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [index("unsubscribe_groups_project").on(table.projectId, table.id)],
);
