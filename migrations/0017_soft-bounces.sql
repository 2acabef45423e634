CREATE TABLE "soft_bounces" (
	"project_id" uuid NOT NULL,
	"address" text NOT NULL,
	"count" integer NOT NULL,
	"first_at" timestamp with time zone NOT NULL,
	"last_at" timestamp with time zone NOT NULL,
	CONSTRAINT "soft_bounces_project_id_address_pk" PRIMARY KEY("project_id","address")
);
--> statement-breakpoint
ALTER TABLE "projects" ADD COLUMN "soft_bounce_limit" integer DEFAULT 5;--> statement-breakpoint
ALTER TABLE "projects" ADD COLUMN "soft_bounce_days" integer DEFAULT 7 NOT NULL;--> statement-breakpoint
ALTER TABLE "projects" ADD COLUMN "soft_suppression_days" integer DEFAULT 30 NOT NULL;--> statement-breakpoint
ALTER TABLE "soft_bounces" ADD CONSTRAINT "soft_bounces_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;