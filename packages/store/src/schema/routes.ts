import { boolean, index, integer, pgTable, text, unique } from "drizzle-orm/pg-core";
import { id, instant } from "./columns.ts";
import { projects } from "./projects.ts";

/** A static next hop for some recipient domains, looked at before MX records. */
export const routes = pgTable(
  "routes",
  {
    id: id("id").primaryKey(),
    /** Whose mail takes it; null: everybody's who has no route of his own. */
    projectId: id("project_id").references(() => projects.id, { onDelete: "cascade" }),
    /** `example.org`, `.example.org` for all names below it, or `*`. */
    pattern: text("pattern").notNull(),
    host: text("host").notNull(),
    port: integer("port").notNull(),
    implicitTls: boolean("implicit_tls").notNull(),
    tls: text("tls", { enum: ["none", "opportunistic", "required", "verified"] }).notNull(),
    username: text("username"),
    sealedPassword: text("sealed_password"),
    /** Counts changes: by the sum of it and the number of rows a worker sees that something has changed. */
    revision: integer("revision").notNull().default(1),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [unique("routes_pattern").on(table.projectId, table.pattern).nullsNotDistinct()],
);

/**
 * Which site the mail of a recipient domain belongs to, as the last worker that had to know found out. What it says holds for all
 * workers: where their views of the DNS differ, mail would otherwise be handed to and fro between lanes.
 */
export const domainSites = pgTable(
  "domain_sites",
  {
    domain: text("domain").primaryKey(),
    site: text("site").notNull(),
    checkedAt: instant("checked_at").notNull(),
  },
  (table) => [index("domain_sites_checked").on(table.checkedAt)],
);
