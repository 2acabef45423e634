CREATE TABLE "mailbox_metadata" (
	"mailbox_id" uuid NOT NULL,
	"folder_id" uuid,
	"entry" text NOT NULL,
	"value" "bytea" NOT NULL,
	CONSTRAINT "mailbox_metadata_entry" UNIQUE NULLS NOT DISTINCT("mailbox_id","folder_id","entry")
);
--> statement-breakpoint
ALTER TABLE "mailbox_metadata" ADD CONSTRAINT "mailbox_metadata_mailbox_id_mailboxes_id_fk" FOREIGN KEY ("mailbox_id") REFERENCES "public"."mailboxes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mailbox_metadata" ADD CONSTRAINT "mailbox_metadata_folder_id_folders_id_fk" FOREIGN KEY ("folder_id") REFERENCES "public"."folders"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "mailbox_metadata_folder" ON "mailbox_metadata" USING btree ("folder_id");