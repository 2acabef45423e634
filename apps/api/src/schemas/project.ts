import { Type } from "typebox";
import { NewApiKey, SAMPLE_NEW_KEY } from "./api-key.ts";
import { DailyQuota, RateLimit } from "./limits.ts";
import { SAMPLE_ID, SAMPLE_TIME } from "./samples.ts";

const name = Type.String({ minLength: 1, maxLength: 200, description: "For people." });
const orNone = {
  rate_limit: Type.Union([RateLimit, Type.Null()], { description: "Over all its keys; null: any number." }),
  daily_quota: Type.Union([DailyQuota, Type.Null()], { description: "Over all its keys; null: any number." }),
};

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
  },
  { additionalProperties: false, minProperties: 1, examples: [{ daily_quota: null }] },
);

const fields = {
  id: Type.String(),
  name: Type.String(),
  ...orNone,
  created_at: Type.String({ format: "date-time" }),
};

const SAMPLE = {
  id: SAMPLE_ID.project,
  name: "Shop",
  rate_limit: 100,
  daily_quota: 50_000,
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
