import { METRICS } from "@waxwing/events";
import { Type } from "typebox";
import {
  MAX_DAYS,
  MAX_DAYS_OF_HOURS,
  type Metrics,
  PERIODS_AND_HOURS,
  wholeMetrics,
} from "../stats-period.ts";

const day = (description: string) => Type.String({ format: "date", description });
const name = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 255, description }));

/** What numbers are gathered by. */
export const GROUPS = ["tag", "domain", "provider"] as const;

/** Periods of all groups of one answer: about 3 MB. */
export const MAX_PERIODS = 10_000;

/** The query of `GET /stats`. */
export const StatsQuery = Type.Object(
  {
    from: Type.Optional(
      day(
        "The first day, in UTC; when absent 30 days before the last one, or where hours are asked for the last one.",
      ),
    ),
    to: Type.Optional(
      day(
        `The last day, counted too; today in UTC when absent. At most ${MAX_DAYS} days a request; hours are kept for ${MAX_DAYS_OF_HOURS} days.`,
      ),
    ),
    by: Type.Optional(
      Type.Enum([...PERIODS_AND_HOURS], {
        type: "string",
        default: "day",
        description: "Length of a period. Weeks begin on Monday.",
      }),
    ),
    tag: name("Only messages with this tag."),
    domain: name("Only recipients at this domain."),
    provider: name(
      "Only recipients of this mailbox provider, such as `Gmail`, as `group=provider` names it.",
    ),
    group: Type.Optional(
      Type.Enum([...GROUPS], {
        type: "string",
        description:
          "Also the numbers of each tag, recipient domain or mailbox provider. `tag`, `domain`, `provider` and `group` exclude each other.",
      }),
    ),
    sort: Type.Optional(
      Type.Enum([...METRICS], {
        type: "string",
        default: "requests",
        description: "With `group`: the group with most of these comes first.",
      }),
    ),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100,
        default: 20,
        description: `With \`group\`: groups an answer. Times the number of periods at most ${MAX_PERIODS}.`,
      }),
    ),
    cursor: Type.Optional(
      Type.String({ maxLength: 20, description: "With `group`: the `next` of an earlier answer." }),
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

const periods = (description: string) =>
  Type.Array(
    Type.Object({
      start: Type.String({
        description:
          "Its first day, `2030-01-31`; of an hour its beginning, `2030-01-31T13:00:00Z`. The first period may begin before `from`; only days from there on count.",
      }),
      metrics: numbers,
    }),
    { description },
  );

const SAMPLE_METRICS = wholeMetrics({
  requests: 120,
  processed: 119,
  delivered: 117,
  bounces: 1,
  bounce_drops: 1,
});
const SAMPLE = {
  from: "2026-11-23",
  to: "2026-11-23",
  by: "day",
  totals: SAMPLE_METRICS,
  periods: [{ start: "2026-11-23", metrics: SAMPLE_METRICS }],
};
const SAMPLE_GROUP = wholeMetrics({ requests: 80, processed: 80, delivered: 80 });

/** The answer of `GET /stats`. */
export const Stats = Type.Object(
  {
    from: day("The first day."),
    to: day("The last day."),
    by: Type.Enum([...PERIODS_AND_HOURS], { type: "string" }),
    totals: numbers,
    periods: periods("Oldest first, also those in which nothing happened."),
    groups: Type.Optional(
      Type.Array(
        Type.Object({
          name: Type.Union([Type.String(), Type.Null()], {
            description:
              "null, last: all others. Of providers those that are not known by name; of domains and tags those for which an hour or a day had no room.",
          }),
          totals: numbers,
          periods: periods("Oldest first, those in which something happened."),
        }),
        { description: "With `group`: those with most of `sort` first." },
      ),
    ),
    next: Type.Optional(
      Type.Union([Type.String(), Type.Null()], {
        description: "With `group`: pass it as `cursor` for more of them; null: these were the last.",
      }),
    ),
  },
  {
    description: "The numbers.",
    examples: [
      SAMPLE,
      {
        ...SAMPLE,
        groups: [
          {
            name: "Gmail",
            totals: SAMPLE_GROUP,
            periods: [{ start: "2026-11-23", metrics: SAMPLE_GROUP }],
          },
        ],
        next: "1",
      },
    ],
  },
);
