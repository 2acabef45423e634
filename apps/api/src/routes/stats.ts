import type { Clock } from "@waxwing/runtime";
import { type Database, readSeries, sumSeries } from "@waxwing/store";
import type { Static } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { callerOf } from "../guard.ts";
import type { FieldProblem } from "../problems.ts";
import { refusals } from "../schemas/problem.ts";
import { GROUPS, MAX_PERIODS, Stats, StatsQuery } from "../schemas/stats.ts";
import {
  dayOf,
  daysBetween,
  MAX_DAYS,
  MAX_DAYS_OF_HOURS,
  metricsByPeriod,
  periodStarts,
  readDay,
  sumMetrics,
  wholeMetrics,
} from "../stats-period.ts";
import { invalid } from "../validator.ts";

type Query = Static<typeof StatsQuery>;

const DEFAULT_DAYS = 30;
const DAY_MS = 86_400_000;
const DEFAULT_LIMIT = 20;
const MAX_OFFSET = 100_000;

/** `GET /stats`: how many messages were sent and what became of them, by hour, day, week or month. */
export function statsRoutes(
  app: ApiInstance,
  options: { readonly db: Database; readonly clock: Clock },
): void {
  const { db, clock } = options;

  /** Some of the groups, with the periods in which they had something. */
  const readGroups = async (
    series: Parameters<typeof readSeries>[1],
    page: { readonly metric: string; readonly limit: number; readonly offset: number },
  ) => {
    // One more than asked for tells whether there are more.
    const sums = await sumSeries(db, { ...series, ...page, limit: page.limit + 1 });
    const shown = sums.slice(0, page.limit);
    const names = shown.map(({ name }) => name);
    const counts = shown.length === 0 ? [] : await readSeries(db, { ...series, names });
    return {
      groups: shown.map(({ name, metrics }) => ({
        name: name === "" ? null : name,
        totals: wholeMetrics(metrics),
        periods: [...metricsByPeriod(counts.filter((count) => count.name === name))]
          .map(([start, periodMetrics]) => ({ start, metrics: periodMetrics }))
          .toSorted((a, b) => (a.start < b.start ? -1 : 1)),
      })),
      next: sums.length > page.limit ? String(page.offset + page.limit) : null,
    };
  };

  app.route({
    method: "GET",
    url: "/stats",
    config: { scope: "stats:read" },
    schema: {
      operationId: "getStats",
      tags: ["Statistics"],
      summary: "Count what happened",
      description:
        "Counted from the event log, a few seconds behind it. A number belongs to the hour and day in UTC in which it happened: a message of yesterday that bounces today is a bounce of today.",
      querystring: StatsQuery,
      response: { 200: Stats, ...refusals("invalid-request") },
    },
    handler: async (request) => {
      const { by = "day", group, sort = "requests", limit = DEFAULT_LIMIT } = request.query;
      const { from, to, offset } = readQuery(request.query, clock.now());
      const { projectId } = callerOf(request);
      const period = { projectId, from, to, by };
      const kind = GROUPS.find((filter) => request.query[filter] !== undefined) ?? "all";
      const name = kind === "all" ? "" : (request.query[kind] ?? "");
      // Domains are counted in lower case.
      const names = [kind === "domain" ? name.toLowerCase() : name];
      const metrics = metricsByPeriod(await readSeries(db, { ...period, kind, names }));
      const grouped =
        group === undefined
          ? {}
          : await readGroups({ ...period, kind: group, names: null }, { metric: sort, limit, offset });
      return {
        from,
        to,
        by,
        totals: sumMetrics([...metrics.values()]),
        periods: periodStarts(from, to, by).map((start) => ({
          start,
          metrics: metrics.get(start) ?? wholeMetrics({}),
        })),
        ...grouped,
      };
    },
  });
}

/** @throws ProblemError naming every field that is wrong. */
function readQuery(
  query: Query,
  nowMs: number,
): { readonly from: string; readonly to: string; readonly offset: number } {
  const errors: FieldProblem[] = [];
  const wrong = (field: keyof Query, message: string): void => {
    errors.push({ field, message });
  };
  const read = (field: "from" | "to", otherwise: string): string => {
    const text = query[field];
    const day = text === undefined ? otherwise : readDay(text);
    if (day === null) wrong(field, "must be a day: 2030-01-31");
    return day ?? otherwise;
  };
  const { by = "day", group, limit = DEFAULT_LIMIT, cursor } = query;
  const to = read("to", dayOf(nowMs));
  const defaultDays = by === "hour" ? 1 : DEFAULT_DAYS;
  const from = read("from", dayOf(Date.parse(to) - (defaultDays - 1) * DAY_MS));
  const days = daysBetween(from, to);
  const areDays = errors.length === 0;
  if (areDays && days < 1) wrong("to", "is before from");
  if (days > MAX_DAYS) wrong("from", `lies more than ${MAX_DAYS} days before to`);
  else if (areDays && by === "hour" && daysBetween(from, dayOf(nowMs)) > MAX_DAYS_OF_HOURS)
    wrong("from", `hours are kept for ${MAX_DAYS_OF_HOURS} days`);
  else if (areDays && group !== undefined && limit * periodStarts(from, to, by).length > MAX_PERIODS)
    wrong("limit", `makes more than ${MAX_PERIODS} periods: ask for fewer groups or days`);
  const [chosen, ...others] = ([...GROUPS, "group"] as const).filter((field) => query[field] !== undefined);
  for (const field of others) wrong(field, `cannot be asked for together with ${chosen}`);
  for (const field of ["sort", "limit", "cursor"] as const) {
    if (group === undefined && query[field] !== undefined) wrong(field, "needs group");
  }
  // PostgreSQL takes no NUL in a text.
  for (const field of GROUPS) {
    if (query[field]?.includes("\0")) wrong(field, "contains what is not text");
  }
  const offset = cursor === undefined ? 0 : /^\d{1,6}$/.test(cursor) ? Number(cursor) : Number.NaN;
  if (!(offset <= MAX_OFFSET)) wrong("cursor", "is not a cursor of this API");
  if (errors.length > 0) throw invalid(errors);
  return { from, to, offset };
}
