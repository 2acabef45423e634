CREATE TABLE "daily_stats" (
	"project_id" uuid NOT NULL,
	"day" date NOT NULL,
	"tag" text NOT NULL,
	"metric" text NOT NULL,
	"count" bigint NOT NULL,
	CONSTRAINT "daily_stats_project_id_day_tag_metric_pk" PRIMARY KEY("project_id","day","tag","metric")
);
--> statement-breakpoint
CREATE TABLE "stats_cursors" (
	"project_id" uuid PRIMARY KEY NOT NULL,
	"cursor_xact" bigint NOT NULL,
	"cursor_id" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "engagements" (
	"message_id" uuid NOT NULL,
	"ordinal" integer NOT NULL,
	"kind" text NOT NULL,
	"first_at" timestamp with time zone NOT NULL,
	"last_at" timestamp with time zone NOT NULL,
	"count" integer NOT NULL,
	CONSTRAINT "engagements_message_id_ordinal_kind_pk" PRIMARY KEY("message_id","ordinal","kind")
) PARTITION BY RANGE ("message_id");
--> statement-breakpoint
CREATE TABLE "send_batches" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" uuid NOT NULL,
	"status" text,
	"status_set_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "smtp_credentials" (
	"id" uuid PRIMARY KEY NOT NULL,
	"project_id" uuid NOT NULL,
	"name" text NOT NULL,
	"username" text NOT NULL,
	"password_hash" text NOT NULL,
	"allowed_ips" text[] DEFAULT '{}' NOT NULL,
	"expires_at" timestamp with time zone,
	"last_used_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "smtp_credentials_username_unique" UNIQUE("username")
);
--> statement-breakpoint
CREATE TABLE "unsubscribe_groups" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "unsubscribe_groups_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"project_id" uuid NOT NULL,
	"name" text NOT NULL,
	"description" text NOT NULL,
	"is_default" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "usage_windows" (
	"subject" text NOT NULL,
	"window_start" timestamp with time zone NOT NULL,
	"used" bigint NOT NULL,
	CONSTRAINT "usage_windows_subject_window_start_pk" PRIMARY KEY("subject","window_start")
);
--> statement-breakpoint
ALTER TABLE "suppressions" DROP CONSTRAINT "suppressions_project_id_address_pk";--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "rate_limit" integer;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "daily_quota" integer;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "request_id" uuid;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "batch_id" text;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "options" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "projects" ADD COLUMN "is_operator" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "projects" ADD COLUMN "rate_limit" integer;--> statement-breakpoint
ALTER TABLE "projects" ADD COLUMN "daily_quota" integer;--> statement-breakpoint
ALTER TABLE "suppressions" ADD COLUMN "group_id" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "suppressions" ADD CONSTRAINT "suppressions_project_id_address_reason_group_id_pk" PRIMARY KEY("project_id","address","reason","group_id");--> statement-breakpoint
ALTER TABLE "suppressions" ADD COLUMN "status" text;--> statement-breakpoint
ALTER TABLE "suppressions" ADD COLUMN "expires_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "template_versions" ADD COLUMN "editor" text DEFAULT 'code' NOT NULL;--> statement-breakpoint
ALTER TABLE "template_versions" ADD COLUMN "generate_text" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "templates" ADD COLUMN "generation" text DEFAULT 'dynamic' NOT NULL;--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "format" text DEFAULT 'waxwing' NOT NULL;--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "name" text;--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "sealed_signing_key" text;--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "signing_public_key" text;--> statement-breakpoint
ALTER TABLE "daily_stats" ADD CONSTRAINT "daily_stats_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stats_cursors" ADD CONSTRAINT "stats_cursors_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "send_batches" ADD CONSTRAINT "send_batches_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "smtp_credentials" ADD CONSTRAINT "smtp_credentials_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "unsubscribe_groups" ADD CONSTRAINT "unsubscribe_groups_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "send_batches_project" ON "send_batches" USING btree ("project_id");--> statement-breakpoint
CREATE INDEX "smtp_credentials_project" ON "smtp_credentials" USING btree ("project_id");--> statement-breakpoint
CREATE INDEX "unsubscribe_groups_project" ON "unsubscribe_groups" USING btree ("project_id","id");--> statement-breakpoint
CREATE INDEX "messages_batch" ON "messages" USING btree ("project_id","batch_id") WHERE batch_id is not null;--> statement-breakpoint
-- As the other partitioned tables have one.
CREATE TABLE "engagements_default" PARTITION OF "engagements" DEFAULT;
