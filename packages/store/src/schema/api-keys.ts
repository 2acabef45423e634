import { index, integer, pgTable, text } from "drizzle-orm/pg-core";
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
    /** Addresses and CIDR ranges it may be used from; empty: from anywhere. */
    allowedIps: text("allowed_ips").array().notNull().default([]),
    expiresAt: instant("expires_at"),
    /** Requests per second; null: the platform's default. */
    rateLimit: integer("rate_limit"),
    /** Recipients accepted per UTC day; null: no limit. */
    dailyQuota: integer("daily_quota"),
    /** Written at most once a minute. */
    lastUsedAt: instant("last_used_at"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [index("api_keys_project").on(table.projectId)],
);
