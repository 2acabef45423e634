import { Type } from "typebox";
import { NewApiKey, SAMPLE_NEW_KEY } from "./api-key.ts";
import { DailyQuota, RateLimit } from "./limits.ts";
import { SAMPLE_ID, SAMPLE_TIME } from "./samples.ts";

const name = Type.String({ minLength: 1, maxLength: 200, description: "For people." });
const orNone = {
  rate_limit: Type.Union([RateLimit, Type.Null()], { description: "Over all its keys; null: any number." }),
  daily_quota: Type.Union([DailyQuota, Type.Null()], { description: "Over all its keys; null: any number." }),
};

const days = (description: string) => Type.Integer({ minimum: 1, maximum: 3_650, description });
const SoftBounceRule = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 1_000, description: "So many messages in a row." }),
    days: Type.Integer({ minimum: 0, maximum: 3_650, description: "Over at least so many days." }),
    suppress_days: days("How long the address is suppressed then."),
  },
  { additionalProperties: false },
);
const softBounces = Type.Union([SoftBounceRule, Type.Null()], {
  description:
    "When an address that mail does not reach, for reasons that may pass, is suppressed; null: never. A delivery begins the count anew.",
});

/** The body of `POST /projects`. */
export const ProjectRequest = Type.Object(
  { name, rate_limit: Type.Optional(RateLimit), daily_quota: Type.Optional(DailyQuota) },
  { additionalProperties: false, examples: [{ name: "Shop", rate_limit: 100, daily_quota: 50_000 }] },
);

/** The body of `PATCH /projects/{id}`; what is absent stays. */
export const ProjectChange = Type.Object(
  {
    name: Type.Optional(name),
    rate_limit: Type.Optional(orNone.rate_limit),
    daily_quota: Type.Optional(orNone.daily_quota),
    soft_bounces: Type.Optional(softBounces),
  },
  {
    additionalProperties: false,
    minProperties: 1,
    examples: [{ daily_quota: null, soft_bounces: { limit: 3, days: 5, suppress_days: 60 } }],
  },
);

/** The body of `PATCH /project`: what a project decides itself. */
export const OwnProjectChange = Type.Object(
  { soft_bounces: softBounces },
  {
    additionalProperties: false,
    examples: [{ soft_bounces: { limit: 3, days: 5, suppress_days: 60 } }],
  },
);

const fields = {
  id: Type.String(),
  name: Type.String(),
  ...orNone,
  soft_bounces: softBounces,
  created_at: Type.String({ format: "date-time" }),
};

const SAMPLE = {
  id: SAMPLE_ID.project,
  name: "Shop",
  rate_limit: 100,
  daily_quota: 50_000,
  soft_bounces: { limit: 5, days: 7, suppress_days: 30 },
  created_at: SAMPLE_TIME,
};

/** A project, with what it has used. */
export const ProjectDetail = Type.Object(
  {
    ...fields,
    recipients_today: Type.Union([Type.Integer(), Type.Null()], {
      description:
        "Recipients accepted on this day (UTC), counted while the project has a quota; null: none were counted.",
    }),
  },
  { examples: [{ ...SAMPLE, recipients_today: 1_234 }] },
);

/** A project that was just made, with its first key. */
export const NewProject = Type.Object(
  { ...fields, api_key: NewApiKey },
  { description: "Created.", examples: [{ ...SAMPLE, api_key: SAMPLE_NEW_KEY }] },
);

/** A page of projects. */
export const ProjectList = Type.Object(
  {
    projects: Type.Array(Type.Object(fields)),
    next: Type.Union([Type.String(), Type.Null()], {
      description: "Pass it as `cursor` for older ones; null: these were the oldest.",
    }),
  },
  { description: "Newest first.", examples: [{ projects: [SAMPLE], next: null }] },
);
