import type { Clock } from "@waxwing/runtime";
import { type Database, readDailyStats } from "@waxwing/store";
import type { ApiInstance } from "../api-instance.ts";
import { callerOf } from "../guard.ts";
import type { FieldProblem } from "../problems.ts";
import { refusals } from "../schemas/problem.ts";
import { Stats, StatsQuery } from "../schemas/stats.ts";
import {
  dayOf,
  daysBetween,
  MAX_DAYS,
  metricsByPeriod,
  periodStarts,
  readDay,
  sumMetrics,
  wholeMetrics,
} from "../stats-period.ts";
import { invalid } from "../validator.ts";

const DEFAULT_DAYS = 30;

/** `GET /stats`: how many messages were sent and what became of them, by day, week or month. */
export function statsRoutes(
  app: ApiInstance,
  options: { readonly db: Database; readonly clock: Clock },
): void {
  const { db, clock } = options;
  app.route({
    method: "GET",
    url: "/stats",
    config: { scope: "stats:read" },
    schema: {
      operationId: "getStats",
      tags: ["Statistics"],
      summary: "Count what happened",
      description:
        "Counted from the event log, a few seconds behind it. A number belongs to the day in UTC on which it happened: a message of yesterday that bounces today is a bounce of today.",
      querystring: StatsQuery,
      response: { 200: Stats, ...refusals("invalid-request") },
    },
    handler: async (request) => {
      const { by = "day", tag = "" } = request.query;
      const { from, to } = readDays(request.query, clock.now());
      const { projectId } = callerOf(request);
      const counts = await readDailyStats(db, { projectId, from, to, by, tags: [tag] });
      const metrics = metricsByPeriod(counts, tag);
      return {
        from,
        to,
        by,
        totals: sumMetrics([...metrics.values()]),
        periods: periodStarts(from, to, by).map((start) => ({
          start,
          metrics: metrics.get(start) ?? wholeMetrics({}),
        })),
      };
    },
  });
}

/** @throws ProblemError naming every field that is wrong. */
function readDays(
  query: { readonly from?: string; readonly to?: string; readonly tag?: string },
  nowMs: number,
): { readonly from: string; readonly to: string } {
  const errors: FieldProblem[] = [];
  const read = (field: "from" | "to", otherwise: string): string => {
    const text = query[field];
    const day = text === undefined ? otherwise : readDay(text);
    if (day === null) errors.push({ field, message: "must be a day: 2030-01-31" });
    return day ?? otherwise;
  };
  const to = read("to", dayOf(nowMs));
  const from = read("from", dayOf(Date.parse(to) - (DEFAULT_DAYS - 1) * 86_400_000));
  const days = daysBetween(from, to);
  if (errors.length === 0 && days < 1) errors.push({ field: "to", message: "is before from" });
  if (days > MAX_DAYS) errors.push({ field: "from", message: `lies more than ${MAX_DAYS} days before to` });
  // PostgreSQL takes no NUL in a text.
  if (query.tag?.includes("\0")) errors.push({ field: "tag", message: "contains what is not text" });
  if (errors.length > 0) throw invalid(errors);
  return { from, to };
}
