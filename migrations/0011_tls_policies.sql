CREATE TABLE "mta_sts_policies" (
	"domain" text PRIMARY KEY NOT NULL,
	"record_id" text NOT NULL,
	"mode" text NOT NULL,
	"mx" text[] NOT NULL,
	"max_age_s" integer NOT NULL,
	"fetched_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tls_policies" (
	"id" uuid PRIMARY KEY NOT NULL,
	"project_id" uuid NOT NULL,
	"domain" text NOT NULL,
	"policy" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tls_policies_domain" UNIQUE("project_id","domain")
);
--> statement-breakpoint
CREATE TABLE "tls_reports" (
	"day" date NOT NULL,
	"domain" text NOT NULL,
	"tries" smallint NOT NULL,
	"leased_until" timestamp with time zone NOT NULL,
	"done_at" timestamp with time zone,
	CONSTRAINT "tls_reports_day_domain_pk" PRIMARY KEY("day","domain")
);
--> statement-breakpoint
CREATE TABLE "tls_results" (
	"day" date NOT NULL,
	"domain" text NOT NULL,
	"digest" "bytea" NOT NULL,
	"policy" jsonb NOT NULL,
	"failure" jsonb,
	"sessions" bigint NOT NULL,
	CONSTRAINT "tls_results_day_domain_digest_pk" PRIMARY KEY("day","domain","digest")
);
--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "tls_policy" jsonb;--> statement-breakpoint
ALTER TABLE "tls_policies" ADD CONSTRAINT "tls_policies_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "mta_sts_policies_expires" ON "mta_sts_policies" USING btree ("expires_at");