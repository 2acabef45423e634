import { sql } from "drizzle-orm";
import { jsonb, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { id, instant } from "./columns.ts";
import { projects } from "./projects.ts";

/** What the DNS was found to hold for one record that a domain should publish. */
export interface StoredRecordVerdict {
  readonly purpose: "dkim" | "return-path-mx" | "return-path-spf" | "dmarc" | "inbound-mx" | "tracking";
  readonly type: "TXT" | "MX" | "CNAME";
  readonly name: string;
  readonly expected: string;
  readonly found: readonly string[];
  /** `error`: the look-up failed, which says nothing about the record. */
  readonly verdict: "ok" | "missing" | "mismatch" | "error";
  /** What to do, for people; null when there is nothing to do. */
  readonly advice: string | null;
}

/** The last look at a domain's DNS. */
export interface StoredDomainCheck {
  readonly checkedAt: string;
  readonly records: readonly StoredRecordVerdict[];
}

/**
 * A domain that a project sends from and receives at. `verifiedAt` is null until its DNS proves ownership; only then may it send.
 * Any number of projects may have entered a name, but only one can have proved it: nobody keeps the owner out by being first.
 */
export const domains = pgTable(
  "domains",
  {
    id: id("id").primaryKey(),
    projectId: id("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    /** Lower-case A-labels, no trailing dot. */
    name: text("name").notNull(),
    /** Host of the return path `b+<token>@<host>` (RFC 5321 §3.6.1 reverse-path). */
    returnPathHost: text("return_path_host").notNull(),
    verifiedAt: instant("verified_at"),
    /** The mailbox that takes what is for nobody else, by its address; null: such mail is refused. */
    catchAll: text("catch_all"),
    /** What becomes of mail whose From domain asks to reject it (DMARC): filed as junk, or refused. */
    dmarcFailures: text("dmarc_failures", { enum: ["file", "reject"] })
      .notNull()
      .default("file"),
    lastCheck: jsonb("last_check").$type<StoredDomainCheck>(),
    /** When a worker looks at its DNS again. */
    nextCheckAt: instant("next_check_at").notNull().defaultNow(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex("domains_project_name").on(table.projectId, table.name),
    uniqueIndex("domains_verified_name").on(table.name).where(sql`verified_at IS NOT NULL`),
    uniqueIndex("domains_verified_return_path_host")
      .on(table.returnPathHost)
      .where(sql`verified_at IS NOT NULL`),
  ],
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
    /** When its record was first found in the DNS; a key signs from then on. */
    seenAt: instant("seen_at"),
    retiredAt: instant("retired_at"),
  },
  (table) => [uniqueIndex("dkim_keys_selector").on(table.domainId, table.selector)],
);
