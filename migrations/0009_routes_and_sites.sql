CREATE TABLE "domain_sites" (
	"domain" text PRIMARY KEY NOT NULL,
	"site" text NOT NULL,
	"checked_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "routes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"project_id" uuid,
	"pattern" text NOT NULL,
	"host" text NOT NULL,
	"port" integer NOT NULL,
	"implicit_tls" boolean NOT NULL,
	"tls" text NOT NULL,
	"username" text,
	"sealed_password" text,
	"revision" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "routes_pattern" UNIQUE NULLS NOT DISTINCT("project_id","pattern")
);
--> statement-breakpoint
ALTER TABLE "routes" ADD CONSTRAINT "routes_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "domain_sites_checked" ON "domain_sites" USING btree ("checked_at");