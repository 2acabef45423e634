-- What the statements that accept and record are sent their rows in (packages/store/src/row-types.ts). Never altered: while a database is
-- being upgraded, processes of two versions send it rows. Nothing is stored in these types, so this takes no time.
CREATE TYPE "logged_event" AS (
	"project_id" uuid,
	"id" uuid,
	"type" text,
	"message_id" uuid,
	"ordinal" integer,
	"payload" jsonb
);--> statement-breakpoint
CREATE TYPE "accepted_content" AS (
	"bucket" uuid,
	"hash" bytea,
	"start" integer,
	"length" integer,
	"messages" uuid[]
);--> statement-breakpoint
CREATE TYPE "accepted_message" AS (
	"id" uuid,
	"project_id" uuid,
	"domain_id" uuid,
	"content_kind" text,
	"content_hash" bytea,
	"size_bytes" integer,
	"headers" jsonb,
	"subject" text,
	"tags" text[],
	"metadata" jsonb,
	"priority" smallint,
	"send_at" timestamp with time zone,
	"expires_at" timestamp with time zone,
	"request_id" uuid,
	"batch_id" text,
	"options" jsonb
);--> statement-breakpoint
CREATE TYPE "accepted_recipient" AS (
	"message_id" uuid,
	"ordinal" integer,
	"project_id" uuid,
	"role" text,
	"address" text,
	"name" text,
	"updated_at" timestamp with time zone,
	"site" text,
	"priority" smallint,
	"due_at" timestamp with time zone,
	"expires_at" timestamp with time zone,
	"lease_id" uuid,
	"lease_seconds" double precision,
	"unsubscribe_group" integer,
	"bypass" jsonb
);--> statement-breakpoint
CREATE TYPE "recorded_outcome" AS (
	"message_id" uuid,
	"ordinal" integer,
	"state" text,
	"due_at" timestamp with time zone,
	"reply" text,
	"attempt" smallint
);--> statement-breakpoint
CREATE TYPE "recorded_attempt" AS (
	"message_id" uuid,
	"ordinal" integer,
	"number" smallint,
	"outcome" text,
	"started_at" timestamp with time zone,
	"duration_ms" integer,
	"host" text,
	"remote_address" text,
	"tls" jsonb,
	"tls_policy" jsonb,
	"reply_code" smallint,
	"enhanced_code" text,
	"reply" text,
	"rule" text,
	"remote_spoke" boolean,
	"class" text,
	"scope" text,
	"egress" text,
	"conversation" text
);
