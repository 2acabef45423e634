import { METRICS } from "@waxwing/events";
import { Type } from "typebox";
import { MAX_DAYS, type Metrics, PERIODS, wholeMetrics } from "../stats-period.ts";

const day = (description: string) => Type.String({ format: "date", description });

/** The query of `GET /stats`. */
export const StatsQuery = Type.Object(
  {
    from: Type.Optional(day(`The first day, in UTC; 30 days before the last one when absent.`)),
    to: Type.Optional(
      day(`The last day, counted too; today in UTC when absent. At most ${MAX_DAYS} days a request.`),
    ),
    by: Type.Optional(
      Type.Enum([...PERIODS], {
        type: "string",
        default: "day",
        description: "Length of a period. Weeks begin on Monday.",
      }),
    ),
    tag: Type.Optional(
      Type.String({ minLength: 1, maxLength: 255, description: "Only messages with this tag." }),
    ),
  },
  { additionalProperties: false },
);

const numbers = Type.Unsafe<Metrics>({
  type: "object",
  properties: Object.fromEntries(METRICS.map((metric) => [metric, { type: "integer" }])),
  required: [...METRICS],
  description:
    "Recipients, each time it happened. `blocks`: refused, or never reached, with nothing against the address; `bounces`: the address was refused. `*_drops` and `invalid_emails`: not tried, because the address is suppressed.",
});

const SAMPLE_METRICS = wholeMetrics({
  requests: 120,
  processed: 119,
  delivered: 117,
  bounces: 1,
  bounce_drops: 1,
});

/** The answer of `GET /stats`. */
export const Stats = Type.Object(
  {
    from: day("The first day."),
    to: day("The last day."),
    by: Type.Enum([...PERIODS], { type: "string" }),
    totals: numbers,
    periods: Type.Array(
      Type.Object({
        start: day("Its first day. The first period may begin before `from`; only days from there on count."),
        metrics: numbers,
      }),
      { description: "Oldest first, also those in which nothing happened." },
    ),
  },
  {
    description: "The numbers.",
    examples: [
      {
        from: "2026-11-23",
        to: "2026-11-23",
        by: "day",
        totals: SAMPLE_METRICS,
        periods: [{ start: "2026-11-23", metrics: SAMPLE_METRICS }],
      },
    ],
  },
);
