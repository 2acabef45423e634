ALTER TABLE "attempts" ADD COLUMN "class" text;--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "scope" text;--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "egress" text;--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "conversation" text;--> statement-breakpoint
ALTER TABLE "suppressions" ADD COLUMN "class" text;