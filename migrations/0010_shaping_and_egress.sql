CREATE TABLE "egress_pool_members" (
	"pool_id" uuid NOT NULL,
	"source_id" uuid NOT NULL,
	"weight" integer NOT NULL,
	CONSTRAINT "egress_pool_members_pool_id_source_id_pk" PRIMARY KEY("pool_id","source_id")
);
--> statement-breakpoint
CREATE TABLE "egress_pools" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"overflow" text,
	"project_ids" uuid[] DEFAULT '{}' NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "egress_pools_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "egress_sources" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"local_address" text,
	"helo_name" text,
	"relay_host" text,
	"relay_port" integer,
	"relay_implicit_tls" boolean DEFAULT false NOT NULL,
	"relay_username" text,
	"sealed_relay_password" text,
	"messages_per_second" double precision,
	"warm_up_start" date,
	"warm_up_caps" integer[] DEFAULT '{}' NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "egress_sources_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "shaping_rules" (
	"id" uuid PRIMARY KEY NOT NULL,
	"pattern" text NOT NULL,
	"connections" integer,
	"connections_per_host" integer,
	"messages_per_connection" integer,
	"messages_per_second" double precision,
	"note" text,
	"revision" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "shaping_rules_pattern_unique" UNIQUE("pattern")
);
--> statement-breakpoint
CREATE TABLE "site_pauses" (
	"site" text NOT NULL,
	"source" text NOT NULL,
	"kind" text NOT NULL,
	"until" timestamp with time zone NOT NULL,
	"reason" text NOT NULL,
	"failures" integer NOT NULL,
	"changed_at" timestamp with time zone NOT NULL,
	CONSTRAINT "site_pauses_site_source_pk" PRIMARY KEY("site","source")
);
--> statement-breakpoint
ALTER TABLE "egress_pool_members" ADD CONSTRAINT "egress_pool_members_pool_id_egress_pools_id_fk" FOREIGN KEY ("pool_id") REFERENCES "public"."egress_pools"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "egress_pool_members" ADD CONSTRAINT "egress_pool_members_source_id_egress_sources_id_fk" FOREIGN KEY ("source_id") REFERENCES "public"."egress_sources"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "site_pauses_changed" ON "site_pauses" USING btree ("changed_at");