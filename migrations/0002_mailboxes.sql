CREATE TABLE "mailbox_expunged" (
	"folder_id" uuid NOT NULL,
	"modseq" bigint NOT NULL,
	"uids" bigint[] NOT NULL,
	CONSTRAINT "mailbox_expunged_folder_id_modseq_pk" PRIMARY KEY("folder_id","modseq")
);
--> statement-breakpoint
ALTER TABLE "mailboxes" ADD COLUMN "last_uid_validity" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "mailbox_expunged" ADD CONSTRAINT "mailbox_expunged_folder_id_folders_id_fk" FOREIGN KEY ("folder_id") REFERENCES "public"."folders"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mailbox_messages" ADD CONSTRAINT "mailbox_messages_content_hash_mailbox_contents_hash_fk" FOREIGN KEY ("content_hash") REFERENCES "public"."mailbox_contents"("hash") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "mailbox_messages_content" ON "mailbox_messages" USING btree ("content_hash");
