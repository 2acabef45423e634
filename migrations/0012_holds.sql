CREATE TABLE "holds" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"value" text NOT NULL,
	"project_id" uuid,
	"reason" text NOT NULL,
	"until" timestamp with time zone,
	"created_by" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "holds_of" UNIQUE NULLS NOT DISTINCT("kind","value","project_id")
);
--> statement-breakpoint
ALTER TABLE "backlog" ADD COLUMN "expires_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "backlog" ADD COLUMN "hold_id" uuid;--> statement-breakpoint
UPDATE "backlog" SET "expires_at" = "messages"."expires_at" FROM "messages" WHERE "messages"."id" = "backlog"."message_id" AND "messages"."expires_at" IS NOT NULL;--> statement-breakpoint
ALTER TABLE "holds" ADD CONSTRAINT "holds_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "backlog_expiring" ON "backlog" USING btree ("expires_at") WHERE "backlog"."expires_at" is not null;--> statement-breakpoint
CREATE INDEX "backlog_held" ON "backlog" USING btree ("hold_id","message_id","ordinal") WHERE "backlog"."hold_id" is not null;