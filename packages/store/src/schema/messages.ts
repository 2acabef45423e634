import { sql } from "drizzle-orm";
import { index, integer, jsonb, pgTable, primaryKey, smallint, text } from "drizzle-orm/pg-core";
import { bytea, id, instant } from "./columns.ts";

/** A named address as it stands in a header. */
export interface StoredMailbox {
  readonly name?: string;
  readonly address: string;
}

/** The header fields of an HTTP submission that are composed anew for each delivery. */
export interface StoredHeaders {
  readonly from: StoredMailbox;
  readonly to: readonly StoredMailbox[];
  readonly cc: readonly StoredMailbox[];
  readonly replyTo: readonly StoredMailbox[];
  readonly custom: readonly (readonly [name: string, value: string])[];
  /** Of a submitted message that brought its own Message-ID, with angle brackets. */
  readonly messageId?: string;
}

/** What an application asked for beside the message itself. Absent means no. */
export interface StoredOptions {
  /** Open and click tracking. `clicks`: links of the html, or of the plain text too. */
  readonly track?: {
    readonly opens?: true;
    readonly clicks?: "html" | "all";
    /** Reply-To is an address of ours that names the recipient. */
    readonly replies?: true;
    /** The text in the html that the pixel takes the place of; at its end when absent. */
    readonly pixelTag?: string;
    /** Parameters added to links, e.g. `utm_source`. */
    readonly utm?: Readonly<Record<string, string>>;
  };
  /** Asks for List-Unsubscribe (RFC 8058), and for a footer where one is given. */
  readonly unsubscribe?: {
    readonly group?: number;
    /** Groups that the page offers beside it. */
    readonly show?: readonly number[];
    /** The text that the link takes the place of. */
    readonly tag?: string;
    /** Footers; `<% %>` in them is the link. */
    readonly text?: string;
    readonly html?: string;
    /** Page shown afterwards in place of ours. */
    readonly landing?: string;
  };
  /** Reasons of suppression that do not count for this message. */
  readonly bypass?: readonly ("bounced" | "complained" | "unsubscribed" | "invalid" | "manual")[];
  /** Tags and what takes their place in text and html while composing: messages that differ in nothing else share their content. */
  readonly substitutions?: Readonly<Record<string, string>>;
  /** The egress pool. */
  readonly pool?: string;
  /** RFC 8689 REQUIRETLS. */
  readonly requireTls?: true;
  /** The reverse-path it leaves with in place of a return path of ours: the rewritten sender of forwarded mail, or empty. */
  readonly reversePath?: string;
  /** A delivery report of ours (RFC 3464): it leaves with the null reverse-path, and is no event of the project's mail. */
  readonly report?: true;
  /** RFC 8689 §5 `TLS-Required: No`: it leaves whatever TLS the recipient's domain asks for. */
  readonly tlsOptional?: true;
  /** RFC 3461 delivery status notifications, to the envelope sender `returnTo`. */
  readonly dsn?: {
    readonly envelopeId?: string;
    readonly ret?: "full" | "headers";
    readonly returnTo?: string;
    readonly recipients: readonly {
      readonly ordinal: number;
      readonly notify: readonly ("success" | "failure" | "delay" | "never")[];
      readonly orcpt?: string;
    }[];
  };
}

/**
 * Accepted messages, partitioned by month of `id` (UUIDv7), so that retention drops partitions.
 * Everything that belongs to a message carries `message_id` as its own partition key and falls with it.
 */
export const messages = pgTable(
  "messages",
  {
    id: id("id").primaryKey(),
    projectId: id("project_id").notNull(),
    domainId: id("domain_id").notNull(),
    /** `parts`: the content is a JSON document to compose; `mime`: the content is the submitted message itself. */
    contentKind: text("content_kind", { enum: ["parts", "mime"] }).notNull(),
    contentHash: bytea("content_hash").notNull(),
    /** Decompressed size of the content. */
    sizeBytes: integer("size_bytes").notNull(),
    headers: jsonb("headers").$type<StoredHeaders>().notNull(),
    subject: text("subject").notNull(),
    tags: text("tags").array().notNull(),
    metadata: jsonb("metadata").$type<Readonly<Record<string, string>>>().notNull(),
    priority: smallint("priority").notNull(),
    sendAt: instant("send_at"),
    /** From `ttl_seconds`; null: as long as WAXWING_MAX_AGE. */
    expiresAt: instant("expires_at"),
    /** What messages that came in one request share; null where each came alone. */
    requestId: id("request_id"),
    /** They are paused and cancelled together. */
    batchId: text("batch_id"),
    options: jsonb("options").$type<StoredOptions>().notNull().default({}),
  },
  // The project's messages newest first, for searching. Ids grow, so each project appends at one place.
  (table) => [
    index("messages_project").on(table.projectId, table.id),
    index("messages_batch").on(table.projectId, table.batchId).where(sql`batch_id is not null`),
  ],
);

/** What a message says, once per month and hash. The hash covers the project id, so that tenants never share a row. */
export const messageContents = pgTable(
  "message_contents",
  {
    /** The lowest UUIDv7 of the message id's month; the partition key. */
    bucket: id("bucket").notNull(),
    /** SHA-256 of project id and content. */
    hash: bytea("hash").notNull(),
    /** Zstandard frame (RFC 8878). */
    zstd: bytea("zstd").notNull(),
  },
  (table) => [primaryKey({ columns: [table.bucket, table.hash] })],
);
