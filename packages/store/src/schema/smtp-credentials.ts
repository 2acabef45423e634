import { index, pgTable, text } from "drizzle-orm/pg-core";
import { id, instant } from "./columns.ts";
import { projects } from "./projects.ts";

/** A user name and password for SMTP submission, for programs that cannot take an API key. */
export const smtpCredentials = pgTable(
  "smtp_credentials",
  {
    id: id("id").primaryKey(),
    projectId: id("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    username: text("username").notNull().unique(),
    /** scrypt, parameters included. */
    passwordHash: text("password_hash").notNull(),
    /** Addresses and CIDR ranges it may be used from; empty: from anywhere. */
    allowedIps: text("allowed_ips").array().notNull().default([]),
    expiresAt: instant("expires_at"),
    /** Written at most once a minute. */
    lastUsedAt: instant("last_used_at"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [index("smtp_credentials_project").on(table.projectId)],
);
