import { boolean, integer, pgTable, text } from "drizzle-orm/pg-core";
import { id, instant } from "./columns.ts";

/** A tenant. Every other row belongs to exactly one, directly or through its parent. */
export const projects = pgTable("projects", {
  id: id("id").primaryKey(),
  name: text("name").notNull(),
  /** Its keys may manage projects: the project that the first start made. */
  isOperator: boolean("is_operator").notNull().default(false),
  /** Requests per second over all its keys; null: no limit. */
  rateLimit: integer("rate_limit"),
  /** Recipients accepted per UTC day; null: no limit. */
  dailyQuota: integer("daily_quota"),
  createdAt: instant("created_at").notNull().defaultNow(),
});
