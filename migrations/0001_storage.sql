-- What drizzle's tables cannot say.

-- Rows whose month has no partition yet, or no longer: a late maintenance job must never refuse mail.
CREATE TABLE "messages_default" PARTITION OF "messages" DEFAULT;--> statement-breakpoint
CREATE TABLE "message_contents_default" PARTITION OF "message_contents" DEFAULT;--> statement-breakpoint
CREATE TABLE "recipients_default" PARTITION OF "recipients" DEFAULT;--> statement-breakpoint
CREATE TABLE "attempts_default" PARTITION OF "attempts" DEFAULT;--> statement-breakpoint
CREATE TABLE "events_default" PARTITION OF "events" DEFAULT;--> statement-breakpoint
CREATE TABLE "webhook_deliveries_default" PARTITION OF "webhook_deliveries" DEFAULT;--> statement-breakpoint

-- Zstandard frames do not compress further: keep pglz from trying. Partitions made from now on inherit it.
ALTER TABLE "message_contents" ALTER COLUMN "zstd" SET STORAGE EXTERNAL;--> statement-breakpoint
ALTER TABLE "mailbox_contents" ALTER COLUMN "zstd" SET STORAGE EXTERNAL;--> statement-breakpoint

-- The backlog is written three times per recipient (accept, claim, outcome) and small. Half-empty pages keep the claim's update
-- heap-only; vacuum by count rather than by share, because its dead rows stand in the way of every claim.
ALTER TABLE "backlog" SET (
  fillfactor = 50,
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
  autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 10000,
  autovacuum_vacuum_cost_delay = 0
);
