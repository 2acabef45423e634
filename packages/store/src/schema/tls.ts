import {
  bigint,
  date,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  unique,
} from "drizzle-orm/pg-core";
import { bytea, id, instant } from "./columns.ts";
import { projects } from "./projects.ts";

/** What TLS an attempt needed, who asked for it, and whether the server proved who it is. */
export interface StoredTlsPolicy {
  readonly policy: "none" | "opportunistic" | "required" | "verified" | "dane";
  readonly source: "default" | "message" | "setting" | "route" | "mta-sts" | "dane";
  readonly verified: boolean;
  readonly reason: string;
}

/** What a project asks of connections to a recipient domain. */
export const tlsPolicies = pgTable(
  "tls_policies",
  {
    id: id("id").primaryKey(),
    projectId: id("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    /** Lower case, A-labels; `*` for all without a row of their own. */
    domain: text("domain").notNull(),
    policy: text("policy", { enum: ["opportunistic", "required", "verified"] }).notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [unique("tls_policies_domain").on(table.projectId, table.domain)],
);

/** MTA-STS policies as they were fetched (RFC 8461), shared by all workers. Not older than their max_age, whatever happens to their host. */
export const mtaStsPolicies = pgTable(
  "mta_sts_policies",
  {
    domain: text("domain").primaryKey(),
    /** `id` of the TXT record at the time. */
    recordId: text("record_id").notNull(),
    mode: text("mode", { enum: ["enforce", "testing", "none"] }).notNull(),
    mx: text("mx").array().notNull(),
    maxAgeS: integer("max_age_s").notNull(),
    fetchedAt: instant("fetched_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
  },
  (table) => [index("mta_sts_policies_expires").on(table.expiresAt)],
);

/** TLS sessions of one UTC day with one policy domain, counted by what they came to (RFC 8460). Only for domains that want reports. */
export const tlsResults = pgTable(
  "tls_results",
  {
    day: date("day", { mode: "string" }).notNull(),
    domain: text("domain").notNull(),
    /** SHA-256 of policy and failure. */
    digest: bytea("digest").notNull(),
    /** RFC 8460 §4.4 `policy`. */
    policy: jsonb("policy").notNull(),
    /** RFC 8460 §4.4 one of `failure-details`, without its count; null: success. */
    failure: jsonb("failure"),
    sessions: bigint("sessions", { mode: "number" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.domain, table.digest] })],
);

/** Reports on days that are over: whoever holds the lease sends it. */
export const tlsReports = pgTable(
  "tls_reports",
  {
    day: date("day", { mode: "string" }).notNull(),
    domain: text("domain").notNull(),
    tries: smallint("tries").notNull(),
    leasedUntil: instant("leased_until").notNull(),
    doneAt: instant("done_at"),
  },
  (table) => [primaryKey({ columns: [table.day, table.domain] })],
);
