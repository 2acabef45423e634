ALTER TABLE "mailbox_contents" ALTER COLUMN "zstd" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "mailbox_contents" ADD COLUMN "plain" text;--> statement-breakpoint
ALTER TABLE "mailbox_listings" ADD COLUMN "sent_envelope" text;--> statement-breakpoint
ALTER TABLE "mailbox_listings" ADD COLUMN "sent_structure" text;--> statement-breakpoint
ALTER TABLE "mailbox_listings" ADD COLUMN "header" text;