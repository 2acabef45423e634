import { index, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant } from "./columns.ts";
import { projects } from "./projects.ts";

/** A domain that a project sends from and receives at. `verifiedAt` is null until its DNS proves ownership; only then may it send. */
export const domains = pgTable(
  "domains",
  {
    id: id("id").primaryKey(),
    projectId: id("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    /** Lower-case A-labels, no trailing dot. */
    name: text("name").notNull().unique(),
    /** Host of the return path `b+<token>@<host>` (RFC 5321 §3.6.1 reverse-path). */
    returnPathHost: text("return_path_host").notNull().unique(),
    verifiedAt: instant("verified_at"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [index("domains_project").on(table.projectId)],
);

/** DKIM keys (RFC 6376). Several may be active at once, so that a rotation overlaps. */
export const dkimKeys = pgTable(
  "dkim_keys",
  {
    id: id("id").primaryKey(),
    domainId: id("domain_id")
      .notNull()
      .references(() => domains.id, { onDelete: "cascade" }),
    selector: text("selector").notNull(),
    algorithm: text("algorithm", { enum: ["rsa-sha256", "ed25519-sha256"] }).notNull(),
    /** PKCS#8 PEM, sealed with WAXWING_SECRET_KEY. */
    sealedPrivateKey: text("sealed_private_key").notNull(),
    /** The TXT record to publish at `<selector>._domainkey.<domain>`. */
    dnsRecord: text("dns_record").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    retiredAt: instant("retired_at"),
  },
  (table) => [uniqueIndex("dkim_keys_selector").on(table.domainId, table.selector)],
);
