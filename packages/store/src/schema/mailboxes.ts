import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
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
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [index("mailboxes_project").on(table.projectId)],
);

/** A folder ("mailbox" in RFC 9051). `uid_next` and `highest_modseq` are handed out under the row's lock. */
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
  },
  (table) => [uniqueIndex("folders_name").on(table.mailboxId, table.name)],
);

/** A message in a folder. Envelope, body structure and size are computed on arrival, so that listing reads no contents. */
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
    envelope: jsonb("envelope").notNull(),
    bodyStructure: jsonb("body_structure").notNull(),
    preview: text("preview").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.folderId, table.uid] }),
    index("mailbox_messages_modseq").on(table.folderId, table.modseq),
    index("mailbox_messages_content").on(table.contentHash),
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
  },
  (table) => [primaryKey({ columns: [table.folderId, table.modseq] })],
);

/** Raw mail as it arrived, addressed by SHA-256 of project id and bytes; kept as long as a folder shows it. */
export const mailboxContents = pgTable("mailbox_contents", {
  hash: bytea("hash").primaryKey(),
  /** Zstandard frame (RFC 8878). */
  zstd: bytea("zstd").notNull(),
});
