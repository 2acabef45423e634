ALTER TABLE "domains" DROP CONSTRAINT "domains_name_unique";--> statement-breakpoint
ALTER TABLE "domains" DROP CONSTRAINT "domains_return_path_host_unique";--> statement-breakpoint
DROP INDEX "domains_project";--> statement-breakpoint
CREATE UNIQUE INDEX "domains_project_name" ON "domains" USING btree ("project_id","name");--> statement-breakpoint
CREATE UNIQUE INDEX "domains_verified_name" ON "domains" USING btree ("name") WHERE verified_at IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "domains_verified_return_path_host" ON "domains" USING btree ("return_path_host") WHERE verified_at IS NOT NULL;