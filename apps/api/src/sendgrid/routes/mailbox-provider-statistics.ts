import type { Clock } from "@waxwing/runtime";
import { type Database, type PeriodCount, readSeries } from "@waxwing/store";
import { Type } from "typebox";
import { callerOf } from "../../guard.ts";
import { type Metrics, metricsByPeriod, periodStarts, wholeMetrics } from "../../stats-period.ts";
import type { SendgridInstance } from "../dialect.ts";
import { createQueryReader, type RawQuery } from "../stats-query.ts";

const LIMIT = [1, 5_000] as const;
const OFFSET = [0, 1_000_000] as const;
const DEFAULT_LIMIT = 5_000;
/** SendGrid's name for all the others. */
const OTHER = "Other";
const DROPS = ["bounce_drops", "spam_report_drops", "unsubscribe_drops", "invalid_emails"] as const;

/** `/v3/mailbox_providers/stats`: what became of messages, by the provider that keeps the recipient's mailbox. */
export function mailboxProviderStatisticsRoutes(
  app: SendgridInstance,
  options: { readonly db: Database; readonly clock: Clock },
): void {
  const { db, clock } = options;
  app.route({
    method: "GET",
    url: "/mailbox_providers/stats",
    config: { scope: "stats:read", sendgridScope: "mailbox_providers.stats.read" },
    schema: { querystring: Type.Unsafe<RawQuery>({ type: "object", additionalProperties: true }) },
    handler: async (request) => {
      const reader = createQueryReader(request.query);
      const { from, to, by } = reader.days(clock.now());
      const asked = reader.providers();
      const limit = reader.number("limit", LIMIT, DEFAULT_LIMIT);
      const offset = reader.number("offset", OFFSET, 0);
      reader.done();
      const { projectId } = callerOf(request);
      const names = asked.length === 0 ? null : asked.map((name) => (name === OTHER ? "" : name));
      const rows = await readSeries(db, { projectId, from, to, by, kind: "provider", names });
      const byStart = Map.groupBy(rows, (row) => row.start);
      return periodStarts(from, to, by)
        .slice(offset, offset + limit)
        .map((date) => ({ date, stats: providersOf(date, byStart.get(date) ?? []) }));
    },
  });
}

/** The providers that had something in one period, by name. */
function providersOf(date: string, rows: readonly PeriodCount[]) {
  return [...Map.groupBy(rows, (row) => row.name)]
    .map(([name, counts]) => ({
      type: "mailbox_provider",
      name: name === "" ? OTHER : name,
      metrics: shownMetrics(metricsByPeriod(counts).get(date) ?? wholeMetrics({})),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The metrics that SendGrid shows of a provider. */
function shownMetrics(metrics: Metrics): Readonly<Record<string, number>> {
  return {
    blocks: metrics.blocks,
    bounces: metrics.bounces,
    clicks: metrics.clicks,
    deferred: metrics.deferred,
    delivered: metrics.delivered,
    drops: DROPS.reduce((sum, drop) => sum + metrics[drop], 0),
    opens: metrics.opens,
    spam_reports: metrics.spam_reports,
    unique_clicks: metrics.unique_clicks,
    unique_opens: metrics.unique_opens,
  };
}
