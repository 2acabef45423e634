CREATE TABLE "inbound_mails" (
	"id" uuid PRIMARY KEY NOT NULL,
	"project_id" uuid NOT NULL,
	"facts" jsonb NOT NULL,
	"zstd" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "inbound_posts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"mail_id" uuid NOT NULL,
	"project_id" uuid NOT NULL,
	"route_id" uuid NOT NULL,
	"recipients" text[] NOT NULL,
	"url" text NOT NULL,
	"format" text NOT NULL,
	"raw" boolean NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"attempts" smallint DEFAULT 0 NOT NULL,
	"due_at" timestamp with time zone,
	"status" smallint,
	"error" text,
	"duration_ms" integer
);
--> statement-breakpoint
CREATE TABLE "inbound_routes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"project_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"pattern" text NOT NULL,
	"actions" jsonb NOT NULL,
	"sealed_secret" text NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "domains" ADD COLUMN "catch_all" text;--> statement-breakpoint
ALTER TABLE "domains" ADD COLUMN "dmarc_failures" text DEFAULT 'file' NOT NULL;--> statement-breakpoint
ALTER TABLE "inbound_mails" ADD CONSTRAINT "inbound_mails_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inbound_posts" ADD CONSTRAINT "inbound_posts_route_id_inbound_routes_id_fk" FOREIGN KEY ("route_id") REFERENCES "public"."inbound_routes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inbound_routes" ADD CONSTRAINT "inbound_routes_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "inbound_posts_due" ON "inbound_posts" USING btree ("route_id","due_at") WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX "inbound_posts_route" ON "inbound_posts" USING btree ("route_id","id");--> statement-breakpoint
CREATE INDEX "inbound_posts_mail" ON "inbound_posts" USING btree ("mail_id");--> statement-breakpoint
CREATE INDEX "inbound_routes_order" ON "inbound_routes" USING btree ("project_id","position","id");