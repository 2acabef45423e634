import { index, pgTable, text } from "drizzle-orm/pg-core";
import { bytea, id, instant } from "./columns.ts";
import { projects } from "./projects.ts";

/** API keys `SG.<public id>.<secret>`: the public id finds the row, the SHA-256 of the secret proves the holder. */
export const apiKeys = pgTable(
  "api_keys",
  {
    id: id("id").primaryKey(),
    projectId: id("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    publicId: text("public_id").notNull().unique(),
    secretHash: bytea("secret_hash").notNull(),
    scopes: text("scopes").array().notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [index("api_keys_project").on(table.projectId)],
);
