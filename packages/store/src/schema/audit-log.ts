import { index, pgTable, text } from "drizzle-orm/pg-core";
import { id, instant } from "./columns.ts";
import { projects } from "./projects.ts";

/** Who changed what: a row per change of settings, in the transaction of the change. Never holds a secret. */
export const auditLog = pgTable(
  "audit_log",
  {
    id: id("id").primaryKey(),
    projectId: id("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    /** The API key that asked, which may be gone by now; null for what the platform did by itself. */
    keyId: id("key_id"),
    action: text("action").notNull(),
    /** Id of what was changed, or its address. */
    target: text("target").notNull(),
    remoteAddress: text("remote_address"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [index("audit_log_project").on(table.projectId, table.id)],
);
