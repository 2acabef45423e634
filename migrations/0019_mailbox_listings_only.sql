ALTER TABLE "mailbox_messages" DROP COLUMN "envelope";--> statement-breakpoint
ALTER TABLE "mailbox_messages" DROP COLUMN "body_structure";--> statement-breakpoint
ALTER TABLE "mailbox_messages" DROP COLUMN "preview";