import { boolean, integer, jsonb, pgTable, primaryKey, smallint, text } from "drizzle-orm/pg-core";
import { id, instant } from "./columns.ts";
import type { StoredTlsPolicy } from "./tls.ts";

/** TLS facts of one delivery attempt. */
export interface StoredTls {
  readonly version: string;
  readonly cipher: string;
  readonly verified: boolean;
}

/** One row per SMTP attempt, written in the transaction of its outcome; `unknown` where a worker died before it could say. */
export const attempts = pgTable(
  "attempts",
  {
    messageId: id("message_id").notNull(),
    ordinal: integer("ordinal").notNull(),
    number: smallint("number").notNull(),
    outcome: text("outcome", { enum: ["delivered", "deferred", "bounced", "unknown"] }).notNull(),
    startedAt: instant("started_at").notNull(),
    durationMs: integer("duration_ms").notNull(),
    /** Host name of the next hop, and the address it had. */
    host: text("host"),
    remoteAddress: text("remote_address"),
    tls: jsonb("tls").$type<StoredTls>(),
    /** Null where no connection was tried. */
    tlsPolicy: jsonb("tls_policy").$type<StoredTlsPolicy>(),
    replyCode: smallint("reply_code"),
    /** RFC 3463 enhanced status code. */
    enhancedCode: text("enhanced_code"),
    reply: text("reply").notNull(),
    /** What decided: the name of the rule. */
    rule: text("rule").notNull(),
    /** What a failure was about (FailureClass of the message package), and whom; null where it was delivered. */
    class: text("class"),
    scope: text("scope", { enum: ["message", "recipient", "connection", "site"] }),
    /** The egress source it left by; null where that was the system's choice. */
    egress: text("egress"),
    /** What was said, bodies cut; null where nothing was, and for most successes of a busy worker. */
    conversation: text("conversation"),
    /** False where the failure was local (DNS, connection) and the recipient's server never spoke. */
    remoteSpoke: boolean("remote_spoke").notNull(),
  },
  (table) => [primaryKey({ columns: [table.messageId, table.ordinal, table.number] })],
);
