import type { Clock } from "@waxwing/runtime";
import { type Database, listTags, readSeries, sumStatsByTag } from "@waxwing/store";
import { Type } from "typebox";
import { callerOf } from "../../guard.ts";
import { dayOf, type Metrics, metricsByPeriod, periodStarts, wholeMetrics } from "../../stats-period.ts";
import type { SendgridInstance } from "../dialect.ts";
import { createQueryReader, type RawQuery } from "../stats-query.ts";

/** Categories are listed for thirteen months, as SendGrid keeps them. */
const LISTED_MS = 396 * 86_400_000;
const LIMIT = [1, 5_000] as const;
const OFFSET = [0, 1_000_000] as const;
const DEFAULT_DAYS_LIMIT = 5_000;
const DEFAULT_CATEGORIES = 50;
const DEFAULT_SUMS = 5;

const schema = { querystring: Type.Unsafe<RawQuery>({ type: "object", additionalProperties: true }) };
const scope = "stats:read";

interface NamedMetrics {
  readonly type: "category";
  readonly name: string;
  readonly metrics: Metrics;
}

/** `/v3/stats` and `/v3/categories`: SendGrid's numbers of all messages, and of those of a category, which is a tag of ours. */
export function statisticsRoutes(
  app: SendgridInstance,
  options: { readonly db: Database; readonly clock: Clock },
): void {
  const { db, clock } = options;

  app.route({
    method: "GET",
    url: "/stats",
    config: { scope, sendgridScope: "stats.global.read" },
    schema,
    handler: async (request) => {
      const reader = createQueryReader(request.query);
      const { from, to, by } = reader.days(clock.now());
      const limit = reader.number("limit", LIMIT, DEFAULT_DAYS_LIMIT);
      const offset = reader.number("offset", OFFSET, 0);
      reader.done();
      const { projectId } = callerOf(request);
      const counts = metricsByPeriod(
        await readSeries(db, { projectId, from, to, by, kind: "all", names: null }),
      );
      return periodStarts(from, to, by)
        .slice(offset, offset + limit)
        .map((date) => ({ date, stats: [{ metrics: counts.get(date) ?? wholeMetrics({}) }] }));
    },
  });

  app.route({
    method: "GET",
    url: "/categories",
    config: { scope, sendgridScope: "categories.read" },
    schema,
    handler: async (request) => {
      const reader = createQueryReader(request.query);
      const limit = reader.number("limit", LIMIT, DEFAULT_CATEGORIES);
      const offset = reader.number("offset", OFFSET, 0);
      const prefix = reader.prefix();
      reader.done();
      const { projectId } = callerOf(request);
      const from = dayOf(clock.now() - LISTED_MS);
      const tags = await listTags(db, { projectId, from, prefix, limit, offset });
      return tags.map((category) => ({ category }));
    },
  });

  app.route({
    method: "GET",
    url: "/categories/stats",
    config: { scope, sendgridScope: "categories.stats.read" },
    schema,
    handler: async (request) => {
      const reader = createQueryReader(request.query);
      const { from, to, by } = reader.days(clock.now());
      const categories = reader.categories();
      reader.done();
      const { projectId } = callerOf(request);
      const rows = await readSeries(db, { projectId, from, to, by, kind: "tag", names: categories });
      const counts = new Map(
        categories.map((name) => [name, metricsByPeriod(rows.filter((row) => row.name === name))]),
      );
      return periodStarts(from, to, by).map((date) => ({
        date,
        stats: categories.map((name) => named(name, counts.get(name)?.get(date) ?? wholeMetrics({}))),
      }));
    },
  });

  app.route({
    method: "GET",
    url: "/categories/stats/sums",
    config: { scope, sendgridScope: "categories.stats.sums.read" },
    schema,
    handler: async (request) => {
      const reader = createQueryReader(request.query);
      const { from, to } = reader.days(clock.now());
      const order = reader.order();
      const limit = reader.number("limit", LIMIT, DEFAULT_SUMS);
      const offset = reader.number("offset", OFFSET, 0);
      reader.done();
      const { projectId } = callerOf(request);
      const sums = await sumStatsByTag(db, { projectId, from, to, ...order, limit, offset });
      return { date: from, stats: sums.map(({ tag, metrics }) => named(tag, wholeMetrics(metrics))) };
    },
  });
}

function named(name: string, metrics: Metrics): NamedMetrics {
  return { type: "category", name, metrics };
}
