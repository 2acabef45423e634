import { sql } from "drizzle-orm";
import { bigint, boolean, index, integer, pgTable, primaryKey, smallint, text } from "drizzle-orm/pg-core";
import { id, instant } from "./columns.ts";
import { projects } from "./projects.ts";

/** An endpoint that is told a project's events. The cursor is the last event of the log that was handed to deliveries. */
export const webhooks = pgTable(
  "webhooks",
  {
    id: id("id").primaryKey(),
    projectId: id("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    url: text("url").notNull(),
    /** Event types wanted; empty means all. */
    eventTypes: text("event_types").array().notNull(),
    /** The HMAC secret (Standard Webhooks), sealed. */
    sealedSecret: text("sealed_secret").notNull(),
    /** `sendgrid`: batches in the form of SendGrid's Event Webhook. */
    format: text("format", { enum: ["waxwing", "sendgrid"] })
      .notNull()
      .default("waxwing"),
    name: text("name"),
    /** ECDSA P-256 private key (PKCS#8 PEM), sealed; null: SendGrid's format goes unsigned. */
    sealedSigningKey: text("sealed_signing_key"),
    /** Its public half: SPKI in DER, base64. */
    signingPublicKey: text("signing_public_key"),
    enabled: boolean("enabled").notNull().default(true),
    cursorXact: bigint("cursor_xact", { mode: "bigint" }).notNull(),
    cursorId: id("cursor_id").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [index("webhooks_project").on(table.projectId)],
);

/** What became of one event at one endpoint; partitioned by month of the event id. A row with `due_at` is still to be delivered. */
export const webhookDeliveries = pgTable(
  "webhook_deliveries",
  {
    webhookId: id("webhook_id").notNull(),
    eventId: id("event_id").notNull(),
    eventXact: bigint("event_xact", { mode: "bigint" }).notNull(),
    messageId: id("message_id"),
    state: text("state", { enum: ["pending", "delivered", "failed"] }).notNull(),
    attempts: smallint("attempts").notNull(),
    dueAt: instant("due_at"),
    /** HTTP status of the last answer; null where there was none. */
    status: smallint("status"),
    error: text("error"),
    durationMs: integer("duration_ms"),
    updatedAt: instant("updated_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.webhookId, table.eventId] }),
    index("webhook_deliveries_due").on(table.webhookId, table.dueAt).where(sql`state = 'pending'`),
    index("webhook_deliveries_behind").on(table.webhookId, table.messageId).where(sql`state = 'pending'`),
  ],
);
