import { sql } from "drizzle-orm";
import { boolean, index, integer, jsonb, pgTable, smallint, text } from "drizzle-orm/pg-core";
import { bytea, id, instant } from "./columns.ts";
import { projects } from "./projects.ts";

/** What is done with mail that an inbound route takes. */
export type StoredInboundAction =
  /** `address`: a mailbox of the project; null: the one that the mail would go to without the route. */
  | { readonly kind: "mailbox"; readonly address: string | null }
  | {
      readonly kind: "webhook";
      readonly url: string;
      readonly format: "waxwing" | "sendgrid";
      /** The message as it came, in place of its parts. */
      readonly raw: boolean;
    }
  | { readonly kind: "forward"; readonly to: readonly string[] }
  | { readonly kind: "drop" };

/** What a project does with mail for the addresses of a pattern. The first route that takes an address decides. */
export const inboundRoutes = pgTable(
  "inbound_routes",
  {
    id: id("id").primaryKey(),
    projectId: id("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    /** Lower ones are looked at first; of equal ones the older. */
    position: integer("position").notNull(),
    /** `local@domain`, where `*` stands for any number of characters; lower case, the domain in A-labels. */
    pattern: text("pattern").notNull(),
    actions: jsonb("actions").$type<readonly StoredInboundAction[]>().notNull(),
    /** The HMAC secret of its webhooks (Standard Webhooks), sealed. */
    sealedSecret: text("sealed_secret").notNull(),
    enabled: boolean("enabled").notNull().default(true),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [index("inbound_routes_order").on(table.projectId, table.position, table.id)],
);

/** How a mail came and what was found out about it: what a post says beside the message. */
export interface StoredInboundFacts {
  readonly from: string;
  readonly remoteAddress: string;
  readonly helo: string | null;
  readonly protocol: string;
  readonly tls: string | null;
  readonly class: string;
  /** `<message>.<ordinal>`, or the message alone; null where it is about nothing that we sent. */
  readonly about: { readonly messageId: string; readonly ordinal: number | null } | null;
  readonly authentication: {
    readonly spf: { readonly result: string; readonly domain: string };
    readonly dkim: readonly { readonly result: string; readonly domain: string; readonly selector: string }[];
    readonly dmarc: { readonly result: string; readonly policy: string; readonly domain: string };
    readonly arc: string;
  };
}

/** Mail that waits to be posted to webhooks of inbound routes; deleted when nothing of it waits any more. */
export const inboundMails = pgTable("inbound_mails", {
  id: id("id").primaryKey(),
  projectId: id("project_id")
    .notNull()
    .references(() => projects.id, { onDelete: "cascade" }),
  facts: jsonb("facts").$type<StoredInboundFacts>().notNull(),
  /** The message as it was filed, our fields on top; a Zstandard frame (RFC 8878). */
  zstd: bytea("zstd").notNull(),
});

/** One mail for one webhook of an inbound route, and what became of it. Kept for 30 days. */
export const inboundPosts = pgTable(
  "inbound_posts",
  {
    id: id("id").primaryKey(),
    mailId: id("mail_id").notNull(),
    projectId: id("project_id").notNull(),
    routeId: id("route_id")
      .notNull()
      .references(() => inboundRoutes.id, { onDelete: "cascade" }),
    /** The addresses of the envelope that the route took. */
    recipients: text("recipients").array().notNull(),
    url: text("url").notNull(),
    format: text("format", { enum: ["waxwing", "sendgrid"] }).notNull(),
    raw: boolean("raw").notNull(),
    state: text("state", { enum: ["pending", "delivered", "failed"] })
      .notNull()
      .default("pending"),
    attempts: smallint("attempts").notNull().default(0),
    dueAt: instant("due_at"),
    /** HTTP status of the last answer; null where there was none. */
    status: smallint("status"),
    error: text("error"),
    durationMs: integer("duration_ms"),
  },
  (table) => [
    index("inbound_posts_due").on(table.routeId, table.dueAt).where(sql`state = 'pending'`),
    index("inbound_posts_route").on(table.routeId, table.id),
    index("inbound_posts_mail").on(table.mailId),
  ],
);
