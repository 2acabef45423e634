DROP INDEX "webhook_deliveries_behind";--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD COLUMN "sequence" integer;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD COLUMN "event_type" text;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD COLUMN "tries" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "previous_sealed_secret" text;--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "previous_secret_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "retry_hours" smallint DEFAULT 24 NOT NULL;--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "disable_after_hours" smallint DEFAULT 120 NOT NULL;--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "failing_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "disabled_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "disabled_reason" text;--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "replay" jsonb;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_message" ON "webhook_deliveries" USING btree ("webhook_id","message_id");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_failed" ON "webhook_deliveries" USING btree ("webhook_id","event_id") WHERE state = 'failed';