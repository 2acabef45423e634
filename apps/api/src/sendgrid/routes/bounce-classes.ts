import { BOUNCE_CLASSES, type BounceClass, bounceClass } from "@waxwing/events";
import type { Clock } from "@waxwing/runtime";
import { type BounceCount, countBounces, type Database } from "@waxwing/store";
import { Type } from "typebox";
import { callerOf } from "../../guard.ts";
import { dayOf, readDay } from "../../stats-period.ts";
import type { SendgridInstance } from "../dialect.ts";
import { notFound, SendgridError } from "../errors.ts";

/** Days times what is counted on each. */
const MAX_COUNTS = 50_000;
/** SendGrid keeps that long. */
const DEFAULT_DAYS_MS = 30 * 86_400_000;

const reading = { scope: "suppressions:read", sendgridScope: "suppression.bounces.read" } as const;

/** `/v3/suppression/bounces/classifications`: what the bounces on record were about, by the enhanced code of each. */
export function bounceClassRoutes(
  app: SendgridInstance,
  options: { readonly db: Database; readonly clock: Clock },
): void {
  const { db, clock } = options;

  app.route({
    method: "GET",
    url: "/suppression/bounces/classifications",
    config: reading,
    handler: async (request) => {
      const days = readDays(request.query, clock.now());
      const asked = { byDomain: false, limit: MAX_COUNTS };
      const counts = await countBounces(db, callerOf(request).projectId, days, asked);
      return { result: byDay(counts, "classification", classOf) };
    },
  });

  app.route({
    method: "GET",
    url: "/suppression/bounces/classifications/:classification",
    config: reading,
    schema: { params: Type.Object({ classification: Type.String() }) },
    handler: async (request) => {
      const { classification } = request.params;
      const wanted = BOUNCE_CLASSES.find((name) => name.toLowerCase() === classification.toLowerCase());
      if (wanted === undefined) throw notFound();
      const days = readDays(request.query, clock.now());
      const asked = { byDomain: true, limit: MAX_COUNTS };
      const counts = await countBounces(db, callerOf(request).projectId, days, asked);
      const ofClass = counts.filter((count) => classOf(count) === wanted);
      return { result: byDay(ofClass, "domain", ({ domain }) => domain) };
    },
  });
}

function classOf({ status }: BounceCount): BounceClass {
  return bounceClass({ enhanced_code: status ?? "" });
}

/** Each day's counts, the highest first. */
function byDay(counts: readonly BounceCount[], label: string, name: (count: BounceCount) => string) {
  const days = new Map<string, Map<string, number>>();
  for (const count of counts) {
    const day = days.get(count.day) ?? new Map<string, number>();
    days.set(count.day, day.set(name(count), (day.get(name(count)) ?? 0) + count.count));
  }
  return [...days].map(([date, day]) => ({
    date,
    stats: [...day].sort(([, a], [, b]) => b - a).map(([value, count]) => ({ [label]: value, count })),
  }));
}

/** The days asked for: the last 30 when absent. @throws SendgridError for what are no days. */
function readDays(query: unknown, nowMs: number): { readonly from: string; readonly to: string } {
  const { start_date: start = dayOf(nowMs - DEFAULT_DAYS_MS), end_date: end = dayOf(nowMs) } = query as {
    readonly start_date?: unknown;
    readonly end_date?: unknown;
  };
  const [from, to] = [readDay(start), readDay(end)];
  if (from !== null && to !== null) return { from, to };
  const wrong = [from === null ? "start_date" : null, to === null ? "end_date" : null].filter(
    (field) => field !== null,
  );
  throw new SendgridError(
    400,
    wrong.map((field) => ({
      field,
      message: `${field} must be a date in the format YYYY-MM-DD`,
      help: null,
    })),
  );
}
