import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
} from "drizzle-orm/pg-core";
import { id, instant } from "./columns.ts";
import { projects } from "./projects.ts";

/**
 * Events that a webhook is told once more: those after `after` up to `until`, where given of these times (Unix ms, `to` excluded).
 * `after` moves on page by page.
 */
export interface StoredReplay {
  readonly after: { readonly xact: string; readonly id: string };
  readonly until: { readonly xact: string; readonly id: string };
  readonly fromMs?: number;
  readonly toMs?: number;
}

/** One post of an event, as it was made. */
export interface StoredTry {
  /** ISO 8601. */
  readonly at: string;
  readonly duration_ms: number;
  /** HTTP status; null where there was no answer. */
  readonly status: number | null;
  readonly error: string | null;
  readonly request_headers: Readonly<Record<string, string>>;
  /** How many events the body held. */
  readonly events: number;
  /** The beginning of the answer's body, at most 1,024 octets read as UTF-8. */
  readonly answer: string;
}

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
    /** The secret that was replaced; what is posted before `previous_secret_until` is signed by both. */
    previousSealedSecret: text("previous_sealed_secret"),
    previousSecretUntil: instant("previous_secret_until"),
    /** How long an event is tried again. */
    retryHours: smallint("retry_hours").notNull().default(24),
    /** How long an endpoint may fail before it is disabled. */
    disableAfterHours: smallint("disable_after_hours").notNull().default(120),
    /** The first failure since the last success, or since no failure for longer than the outage of one event is seen. */
    failingSince: instant("failing_since"),
    /** The last failure since the last success; null in rows from before it was kept, too. */
    lastFailureAt: instant("last_failure_at"),
    /** Nothing is posted before: the endpoint has failed several times in a row, or asked for it (Retry-After). */
    pausedUntil: instant("paused_until"),
    disabledAt: instant("disabled_at"),
    /** `gone`: it answered 410; `failing`: it failed for too long. */
    disabledReason: text("disabled_reason", { enum: ["requested", "gone", "failing"] }),
    replay: jsonb("replay").$type<StoredReplay>(),
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
    /** Which of the events of its message that the webhook is told it is, from 1; null in rows from before it was counted. */
    sequence: integer("sequence"),
    eventType: text("event_type"),
    /** Oldest first. */
    tries: jsonb("tries").$type<readonly StoredTry[]>().notNull().default([]),
    updatedAt: instant("updated_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.webhookId, table.eventId] }),
    index("webhook_deliveries_due").on(table.webhookId, table.dueAt).where(sql`state = 'pending'`),
    // All of them, not the pending only: the next sequence number of a message is found here, too.
    index("webhook_deliveries_message").on(table.webhookId, table.messageId),
    index("webhook_deliveries_failed").on(table.webhookId, table.eventId).where(sql`state = 'failed'`),
  ],
);
