import { pgTable, text } from "drizzle-orm/pg-core";
import { id, instant } from "./columns.ts";

/** A tenant. Every other row belongs to exactly one, directly or through its parent. */
export const projects = pgTable("projects", {
  id: id("id").primaryKey(),
  name: text("name").notNull(),
  createdAt: instant("created_at").notNull().defaultNow(),
});
