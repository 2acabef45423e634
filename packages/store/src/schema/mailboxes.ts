import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  index,
  integer,
  json,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { bytea, id, instant } from "./columns.ts";
import { projects } from "./projects.ts";

/** A mailbox that a mail program opens with its address and password. */
export const mailboxes = pgTable(
  "mailboxes",
  {
    id: id("id").primaryKey(),
    projectId: id("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    /** Lower-cased address. */
    address: text("address").notNull().unique(),
    /** scrypt, parameters included. */
    passwordHash: text("password_hash").notNull(),
    /** The last UIDVALIDITY given to a folder of this mailbox: never given again, not even after a deletion (RFC 9051 §2.3.1.1). */
    lastUidValidity: bigint("last_uid_validity", { mode: "number" }).notNull().default(0),
    /** What all folders together may hold; null: any number. */
    quotaBytes: bigint("quota_bytes", { mode: "number" }),
    quotaMessages: bigint("quota_messages", { mode: "number" }),
    /** What DELE of POP3 does: `remove` for good, or `hide` from POP3 alone. */
    pop3Deletion: text("pop3_deletion", { enum: ["remove", "hide"] })
      .notNull()
      .default("remove"),
    /** Days that mail is kept in a folder; null: for ever. */
    retentionDays: integer("retention_days"),
    /** How far the project's event log was looked through for mail sent from here; null: `Sent` shows none of it. */
    sentCursorXact: bigint("sent_cursor_xact", { mode: "bigint" }),
    sentCursorId: id("sent_cursor_id"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [index("mailboxes_project").on(table.projectId)],
);

/** Another address of a mailbox. No address is one mailbox's own and another one's alias; see `lockAddress`. */
export const mailboxAliases = pgTable(
  "mailbox_aliases",
  {
    id: id("id").primaryKey(),
    mailboxId: id("mailbox_id")
      .notNull()
      .references(() => mailboxes.id, { onDelete: "cascade" }),
    /** Lower-cased address. */
    address: text("address").notNull().unique(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [index("mailbox_aliases_mailbox").on(table.mailboxId)],
);

/** What a password of one program opens. */
export const APP_PASSWORD_SCOPES = ["imap", "pop3", "submission"] as const;

/** A password for one program or device, that can be taken back without changing the others. */
export const mailboxAppPasswords = pgTable(
  "mailbox_app_passwords",
  {
    id: id("id").primaryKey(),
    mailboxId: id("mailbox_id")
      .notNull()
      .references(() => mailboxes.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    scopes: text("scopes", { enum: APP_PASSWORD_SCOPES }).array().notNull(),
    /** SHA-256: it is made by us and has 144 random bits, so nobody tries them all. */
    secretHash: bytea("secret_hash").notNull(),
    /** Written at most once a minute. */
    lastUsedAt: instant("last_used_at"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [uniqueIndex("mailbox_app_passwords_secret").on(table.mailboxId, table.secretHash)],
);

/**
 * A folder ("mailbox" in RFC 9051). `uid_next` and `highest_modseq` are handed out under the row's lock; the counts change with the
 * messages, in the same transaction, so that STATUS and quotas count nothing.
 */
export const folders = pgTable(
  "folders",
  {
    id: id("id").primaryKey(),
    mailboxId: id("mailbox_id")
      .notNull()
      .references(() => mailboxes.id, { onDelete: "cascade" }),
    /** UTF-8, hierarchy separator `/`. */
    name: text("name").notNull(),
    /** RFC 6154 attribute without the backslash, e.g. `Sent`. */
    specialUse: text("special_use"),
    subscribed: boolean("subscribed").notNull().default(true),
    uidValidity: bigint("uid_validity", { mode: "number" }).notNull(),
    uidNext: bigint("uid_next", { mode: "number" }).notNull().default(1),
    highestModseq: bigint("highest_modseq", { mode: "number" }).notNull().default(1),
    messages: bigint("messages", { mode: "number" }).notNull().default(0),
    /** Messages without `\\Seen`. */
    unseen: bigint("unseen", { mode: "number" }).notNull().default(0),
    /** Messages with `\\Deleted`, and their octets. */
    deleted: bigint("deleted", { mode: "number" }).notNull().default(0),
    deletedBytes: bigint("deleted_bytes", { mode: "number" }).notNull().default(0),
    sizeBytes: bigint("size_bytes", { mode: "number" }).notNull().default(0),
    /** Which messages were expunged up to this modseq is no longer known (RFC 7162 §3.2.5.1). */
    forgottenModseq: bigint("forgotten_modseq", { mode: "number" }).notNull().default(0),
  },
  (table) => [uniqueIndex("folders_name").on(table.mailboxId, table.name)],
);

/** A message in a folder: what changes, and what a search looks at. A change of flags writes such a row anew, so it is kept short. */
export const mailboxMessages = pgTable(
  "mailbox_messages",
  {
    folderId: id("folder_id")
      .notNull()
      .references(() => folders.id, { onDelete: "cascade" }),
    uid: bigint("uid", { mode: "number" }).notNull(),
    modseq: bigint("modseq", { mode: "number" }).notNull(),
    flags: text("flags").array().notNull(),
    internalDate: instant("internal_date").notNull(),
    sizeBytes: integer("size_bytes").notNull(),
    contentHash: bytea("content_hash")
      .notNull()
      .references(() => mailboxContents.hash),
    /** When it came into this folder (RFC 8514); null: before that was kept. */
    savedAt: instant("saved_at"),
    /** THREADID (RFC 8474 §5.2), 12 octets; null: filed before there was one. */
    threadId: bytea("thread_id"),
    /** The fields that searches ask for, folded, see `foldedFields` of @waxwing/mailboxes; null: only the octets tell. */
    fields: text("fields"),
  },
  (table) => [
    primaryKey({ columns: [table.folderId, table.uid] }),
    index("mailbox_messages_modseq").on(table.folderId, table.modseq),
    index("mailbox_messages_content").on(table.contentHash),
    // SELECT names the first message without \\Seen: among a hundred thousand that have it, it is one probe.
    index("mailbox_messages_unseen").on(table.folderId, table.uid).where(sql`not ('\\Seen' = any (flags))`),
  ],
);

/**
 * What a list of messages shows, computed on arrival so that listing reads no contents; never changed. Deleted with its message by
 * who deletes that: a foreign key would cost a look-up for each.
 */
export const mailboxListings = pgTable(
  "mailbox_listings",
  {
    folderId: id("folder_id")
      .notNull()
      .references(() => folders.id, { onDelete: "cascade" }),
    uid: bigint("uid", { mode: "number" }).notNull(),
    /** json and not jsonb: it is given out as it was taken, and that costs nothing. */
    envelope: json("envelope").notNull(),
    bodyStructure: json("body_structure").notNull(),
    /** ENVELOPE and BODYSTRUCTURE as IMAP sends them; null: made of the values at each FETCH. */
    sentEnvelope: text("sent_envelope"),
    sentStructure: text("sent_structure"),
    /** The header with its empty line, where it is text and not long; null: only the octets tell. */
    header: text("header"),
    preview: text("preview").notNull(),
    /** Recipients of our messages that it is about (a bounce, a reply), lower-cased; null: none that are known. */
    about: text("about").array(),
  },
  (table) => [primaryKey({ columns: [table.folderId, table.uid] })],
);

/** Annotations of folders and mailboxes (RFC 5464). */
export const mailboxMetadata = pgTable(
  "mailbox_metadata",
  {
    mailboxId: id("mailbox_id")
      .notNull()
      .references(() => mailboxes.id, { onDelete: "cascade" }),
    /** Null: of the mailbox as a whole. */
    folderId: id("folder_id").references(() => folders.id, { onDelete: "cascade" }),
    /** Lower case. */
    entry: text("entry").notNull(),
    value: bytea("value").notNull(),
  },
  (table) => [
    unique("mailbox_metadata_entry").on(table.mailboxId, table.folderId, table.entry).nullsNotDistinct(),
    index("mailbox_metadata_folder").on(table.folderId),
  ],
);

/** What an expunge took, by the modseq it happened at: how other sessions learn that messages are gone (RFC 7162 §3.2.10). */
export const mailboxExpunged = pgTable(
  "mailbox_expunged",
  {
    folderId: id("folder_id")
      .notNull()
      .references(() => folders.id, { onDelete: "cascade" }),
    modseq: bigint("modseq", { mode: "number" }).notNull(),
    uids: bigint("uids", { mode: "number" }).array().notNull(),
    expungedAt: instant("expunged_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.folderId, table.modseq] }),
    index("mailbox_expunged_at").on(table.expungedAt),
  ],
);

/** Raw mail as it arrived, addressed by SHA-256 of project id and bytes; kept as long as a folder shows it. */
export const mailboxContents = pgTable("mailbox_contents", {
  hash: bytea("hash").primaryKey(),
  /** Zstandard frame (RFC 8878); null: `plain` has it. */
  zstd: bytea("zstd"),
  /** Short mail in UTF-8, as it is: taking a frame apart costs more than the space it saves. */
  plain: text("plain"),
});
