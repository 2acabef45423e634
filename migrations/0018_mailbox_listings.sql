CREATE TABLE "mailbox_listings" (
	"folder_id" uuid NOT NULL,
	"uid" bigint NOT NULL,
	"envelope" json NOT NULL,
	"body_structure" json NOT NULL,
	"preview" text NOT NULL,
	CONSTRAINT "mailbox_listings_folder_id_uid_pk" PRIMARY KEY("folder_id","uid")
);
--> statement-breakpoint
ALTER TABLE "folders" ADD COLUMN "messages" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "folders" ADD COLUMN "unseen" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "folders" ADD COLUMN "deleted" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "folders" ADD COLUMN "deleted_bytes" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "folders" ADD COLUMN "size_bytes" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "folders" ADD COLUMN "forgotten_modseq" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "mailbox_expunged" ADD COLUMN "expunged_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "mailbox_messages" ADD COLUMN "saved_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "mailbox_messages" ADD COLUMN "thread_id" "bytea";--> statement-breakpoint
ALTER TABLE "mailbox_messages" ADD COLUMN "fields" text;--> statement-breakpoint
ALTER TABLE "mailboxes" ADD COLUMN "quota_bytes" bigint;--> statement-breakpoint
ALTER TABLE "mailboxes" ADD COLUMN "quota_messages" bigint;--> statement-breakpoint
ALTER TABLE "mailbox_listings" ADD CONSTRAINT "mailbox_listings_folder_id_folders_id_fk" FOREIGN KEY ("folder_id") REFERENCES "public"."folders"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "mailbox_expunged_at" ON "mailbox_expunged" USING btree ("expunged_at");--> statement-breakpoint
CREATE INDEX "mailbox_messages_unseen" ON "mailbox_messages" USING btree ("folder_id","uid") WHERE not ('\Seen' = any (flags));--> statement-breakpoint
INSERT INTO "mailbox_listings" ("folder_id", "uid", "envelope", "body_structure", "preview")
SELECT "folder_id", "uid", "envelope"::json, "body_structure"::json, "preview" FROM "mailbox_messages";--> statement-breakpoint
UPDATE "folders" SET "messages" = counted.messages, "unseen" = counted.unseen, "deleted" = counted.deleted,
  "deleted_bytes" = counted.deleted_bytes, "size_bytes" = counted.size_bytes
FROM (
  SELECT "folder_id", count(*) AS messages, count(*) FILTER (WHERE NOT '\Seen' = ANY("flags")) AS unseen,
    count(*) FILTER (WHERE '\Deleted' = ANY("flags")) AS deleted,
    coalesce(sum("size_bytes") FILTER (WHERE '\Deleted' = ANY("flags")), 0) AS deleted_bytes, sum("size_bytes") AS size_bytes
  FROM "mailbox_messages" GROUP BY "folder_id"
) AS counted WHERE counted."folder_id" = "folders"."id";
