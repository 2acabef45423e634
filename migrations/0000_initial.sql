CREATE TABLE "api_keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"project_id" uuid NOT NULL,
	"name" text NOT NULL,
	"public_id" text NOT NULL,
	"secret_hash" "bytea" NOT NULL,
	"scopes" text[] NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "api_keys_public_id_unique" UNIQUE("public_id")
);
--> statement-breakpoint
CREATE TABLE "attempts" (
	"message_id" uuid NOT NULL,
	"ordinal" integer NOT NULL,
	"number" smallint NOT NULL,
	"outcome" text NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"duration_ms" integer NOT NULL,
	"host" text,
	"remote_address" text,
	"tls" jsonb,
	"reply_code" smallint,
	"enhanced_code" text,
	"reply" text NOT NULL,
	"rule" text NOT NULL,
	"remote_spoke" boolean NOT NULL,
	CONSTRAINT "attempts_message_id_ordinal_number_pk" PRIMARY KEY("message_id","ordinal","number")
) PARTITION BY RANGE ("message_id");
--> statement-breakpoint
CREATE TABLE "backlog" (
	"message_id" uuid NOT NULL,
	"ordinal" integer NOT NULL,
	"project_id" uuid NOT NULL,
	"site" text NOT NULL,
	"priority" smallint NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"attempt" smallint DEFAULT 0 NOT NULL,
	"lease_id" uuid,
	"leased_until" timestamp with time zone,
	CONSTRAINT "backlog_message_id_ordinal_pk" PRIMARY KEY("message_id","ordinal")
);
--> statement-breakpoint
CREATE TABLE "dkim_keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"domain_id" uuid NOT NULL,
	"selector" text NOT NULL,
	"algorithm" text NOT NULL,
	"sealed_private_key" text NOT NULL,
	"dns_record" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"retired_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "domains" (
	"id" uuid PRIMARY KEY NOT NULL,
	"project_id" uuid NOT NULL,
	"name" text NOT NULL,
	"return_path_host" text NOT NULL,
	"verified_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "domains_name_unique" UNIQUE("name"),
	CONSTRAINT "domains_return_path_host_unique" UNIQUE("return_path_host")
);
--> statement-breakpoint
CREATE TABLE "events" (
	"project_id" uuid NOT NULL,
	"xact" bigint DEFAULT (pg_current_xact_id()::text::bigint) NOT NULL,
	"id" uuid NOT NULL,
	"type" text NOT NULL,
	"message_id" uuid,
	"ordinal" integer,
	"payload" jsonb NOT NULL,
	CONSTRAINT "events_project_id_xact_id_pk" PRIMARY KEY("project_id","xact","id")
) PARTITION BY RANGE ("id");
--> statement-breakpoint
CREATE TABLE "folders" (
	"id" uuid PRIMARY KEY NOT NULL,
	"mailbox_id" uuid NOT NULL,
	"name" text NOT NULL,
	"special_use" text,
	"subscribed" boolean DEFAULT true NOT NULL,
	"uid_validity" bigint NOT NULL,
	"uid_next" bigint DEFAULT 1 NOT NULL,
	"highest_modseq" bigint DEFAULT 1 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "mailbox_contents" (
	"hash" "bytea" PRIMARY KEY NOT NULL,
	"zstd" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "mailbox_expunged" (
	"folder_id" uuid NOT NULL,
	"modseq" bigint NOT NULL,
	"uids" bigint[] NOT NULL,
	CONSTRAINT "mailbox_expunged_folder_id_modseq_pk" PRIMARY KEY("folder_id","modseq")
);
--> statement-breakpoint
CREATE TABLE "mailbox_messages" (
	"folder_id" uuid NOT NULL,
	"uid" bigint NOT NULL,
	"modseq" bigint NOT NULL,
	"flags" text[] NOT NULL,
	"internal_date" timestamp with time zone NOT NULL,
	"size_bytes" integer NOT NULL,
	"content_hash" "bytea" NOT NULL,
	"envelope" jsonb NOT NULL,
	"body_structure" jsonb NOT NULL,
	"preview" text NOT NULL,
	CONSTRAINT "mailbox_messages_folder_id_uid_pk" PRIMARY KEY("folder_id","uid")
);
--> statement-breakpoint
CREATE TABLE "mailboxes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"project_id" uuid NOT NULL,
	"address" text NOT NULL,
	"password_hash" text NOT NULL,
	"last_uid_validity" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "mailboxes_address_unique" UNIQUE("address")
);
--> statement-breakpoint
CREATE TABLE "message_contents" (
	"bucket" uuid NOT NULL,
	"hash" "bytea" NOT NULL,
	"zstd" "bytea" NOT NULL,
	CONSTRAINT "message_contents_bucket_hash_pk" PRIMARY KEY("bucket","hash")
) PARTITION BY RANGE ("bucket");
--> statement-breakpoint
CREATE TABLE "messages" (
	"id" uuid PRIMARY KEY NOT NULL,
	"project_id" uuid NOT NULL,
	"domain_id" uuid NOT NULL,
	"content_kind" text NOT NULL,
	"content_hash" "bytea" NOT NULL,
	"size_bytes" integer NOT NULL,
	"headers" jsonb NOT NULL,
	"subject" text NOT NULL,
	"tags" text[] NOT NULL,
	"metadata" jsonb NOT NULL,
	"priority" smallint NOT NULL,
	"send_at" timestamp with time zone,
	"expires_at" timestamp with time zone
) PARTITION BY RANGE ("id");
--> statement-breakpoint
CREATE TABLE "projects" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "recipients" (
	"message_id" uuid NOT NULL,
	"ordinal" integer NOT NULL,
	"project_id" uuid NOT NULL,
	"role" text NOT NULL,
	"address" text NOT NULL,
	"name" text,
	"state" text NOT NULL,
	"attempts" smallint DEFAULT 0 NOT NULL,
	"reply" text,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "recipients_message_id_ordinal_pk" PRIMARY KEY("message_id","ordinal")
) PARTITION BY RANGE ("message_id");
--> statement-breakpoint
CREATE TABLE "suppressions" (
	"project_id" uuid NOT NULL,
	"address" text NOT NULL,
	"reason" text NOT NULL,
	"detail" text,
	"message_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "suppressions_project_id_address_pk" PRIMARY KEY("project_id","address")
);
--> statement-breakpoint
CREATE TABLE "webhook_deliveries" (
	"webhook_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"event_xact" bigint NOT NULL,
	"message_id" uuid,
	"state" text NOT NULL,
	"attempts" smallint NOT NULL,
	"due_at" timestamp with time zone,
	"status" smallint,
	"error" text,
	"duration_ms" integer,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "webhook_deliveries_webhook_id_event_id_pk" PRIMARY KEY("webhook_id","event_id")
) PARTITION BY RANGE ("event_id");
--> statement-breakpoint
CREATE TABLE "webhooks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"project_id" uuid NOT NULL,
	"url" text NOT NULL,
	"event_types" text[] NOT NULL,
	"sealed_secret" text NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"cursor_xact" bigint NOT NULL,
	"cursor_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dkim_keys" ADD CONSTRAINT "dkim_keys_domain_id_domains_id_fk" FOREIGN KEY ("domain_id") REFERENCES "public"."domains"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "domains" ADD CONSTRAINT "domains_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "folders" ADD CONSTRAINT "folders_mailbox_id_mailboxes_id_fk" FOREIGN KEY ("mailbox_id") REFERENCES "public"."mailboxes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mailbox_expunged" ADD CONSTRAINT "mailbox_expunged_folder_id_folders_id_fk" FOREIGN KEY ("folder_id") REFERENCES "public"."folders"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mailbox_messages" ADD CONSTRAINT "mailbox_messages_folder_id_folders_id_fk" FOREIGN KEY ("folder_id") REFERENCES "public"."folders"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mailbox_messages" ADD CONSTRAINT "mailbox_messages_content_hash_mailbox_contents_hash_fk" FOREIGN KEY ("content_hash") REFERENCES "public"."mailbox_contents"("hash") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mailboxes" ADD CONSTRAINT "mailboxes_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "suppressions" ADD CONSTRAINT "suppressions_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "api_keys_project" ON "api_keys" USING btree ("project_id");--> statement-breakpoint
CREATE INDEX "backlog_claim" ON "backlog" USING btree ("site","priority","project_id","due_at");--> statement-breakpoint
CREATE UNIQUE INDEX "dkim_keys_selector" ON "dkim_keys" USING btree ("domain_id","selector");--> statement-breakpoint
CREATE INDEX "domains_project" ON "domains" USING btree ("project_id");--> statement-breakpoint
CREATE INDEX "events_message" ON "events" USING btree ("message_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "folders_name" ON "folders" USING btree ("mailbox_id","name");--> statement-breakpoint
CREATE INDEX "mailbox_messages_modseq" ON "mailbox_messages" USING btree ("folder_id","modseq");--> statement-breakpoint
CREATE INDEX "mailbox_messages_content" ON "mailbox_messages" USING btree ("content_hash");--> statement-breakpoint
CREATE INDEX "mailboxes_project" ON "mailboxes" USING btree ("project_id");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_due" ON "webhook_deliveries" USING btree ("webhook_id","due_at") WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX "webhook_deliveries_behind" ON "webhook_deliveries" USING btree ("webhook_id","message_id") WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX "webhooks_project" ON "webhooks" USING btree ("project_id");