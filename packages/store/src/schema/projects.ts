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
  /**
   * An address that this many messages did not reach, over at least that many days and with none delivered between, is suppressed for
   * some days; null: never.
   */
  softBounceLimit: integer("soft_bounce_limit").default(5),
  softBounceDays: integer("soft_bounce_days").notNull().default(7),
  softSuppressionDays: integer("soft_suppression_days").notNull().default(30),
  createdAt: instant("created_at").notNull().defaultNow(),
});
