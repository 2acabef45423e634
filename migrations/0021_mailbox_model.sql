CREATE TABLE "mailbox_aliases" (
	"id" uuid PRIMARY KEY NOT NULL,
	"mailbox_id" uuid NOT NULL,
	"address" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "mailbox_aliases_address_unique" UNIQUE("address")
);
--> statement-breakpoint
CREATE TABLE "mailbox_app_passwords" (
	"id" uuid PRIMARY KEY NOT NULL,
	"mailbox_id" uuid NOT NULL,
	"name" text NOT NULL,
	"scopes" text[] NOT NULL,
	"secret_hash" "bytea" NOT NULL,
	"last_used_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "mailbox_listings" ADD COLUMN "about" text[];--> statement-breakpoint
ALTER TABLE "mailboxes" ADD COLUMN "pop3_deletion" text DEFAULT 'remove' NOT NULL;--> statement-breakpoint
ALTER TABLE "mailboxes" ADD COLUMN "retention_days" integer;--> statement-breakpoint
ALTER TABLE "mailboxes" ADD COLUMN "sent_cursor_xact" bigint;--> statement-breakpoint
ALTER TABLE "mailboxes" ADD COLUMN "sent_cursor_id" uuid;--> statement-breakpoint
ALTER TABLE "mailbox_aliases" ADD CONSTRAINT "mailbox_aliases_mailbox_id_mailboxes_id_fk" FOREIGN KEY ("mailbox_id") REFERENCES "public"."mailboxes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mailbox_app_passwords" ADD CONSTRAINT "mailbox_app_passwords_mailbox_id_mailboxes_id_fk" FOREIGN KEY ("mailbox_id") REFERENCES "public"."mailboxes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "mailbox_aliases_mailbox" ON "mailbox_aliases" USING btree ("mailbox_id");--> statement-breakpoint
CREATE UNIQUE INDEX "mailbox_app_passwords_secret" ON "mailbox_app_passwords" USING btree ("mailbox_id","secret_hash");