CREATE TABLE "stats_series" (
	"project_id" uuid NOT NULL,
	"period" text NOT NULL,
	"kind" text NOT NULL,
	"start" timestamp with time zone NOT NULL,
	"name" text NOT NULL,
	"metric" text NOT NULL,
	"count" bigint NOT NULL,
	CONSTRAINT "stats_series_project_id_period_kind_start_name_metric_pk" PRIMARY KEY("project_id","period","kind","start","name","metric")
);
--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "paused_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "stats_series" ADD CONSTRAINT "stats_series_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;