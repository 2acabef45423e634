import { Type } from "typebox";
import { SCOPES, type Scope } from "../authenticate.ts";
import { DailyQuota, RateLimit } from "./limits.ts";
import { SAMPLE_ID, SAMPLE_TIME } from "./samples.ts";

const instant = (description: string) => Type.String({ format: "date-time", description });
const orNull = (description: string) => Type.Union([instant(description), Type.Null()]);
const scopeNames = [...(Object.keys(SCOPES) as Scope[]), "*"] as const;

/** The body of `POST /api-keys`. */
export const ApiKeyRequest = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200, description: "For people." }),
    scopes: Type.Array(Type.Enum([...scopeNames], { type: "string" }), {
      minItems: 1,
      maxItems: scopeNames.length,
      description: "What it may do. At most what the key that makes it may do; `*` is all.",
    }),
    allowed_ips: Type.Optional(
      Type.Array(Type.String(), {
        maxItems: 100,
        description:
          "Addresses and CIDR ranges it may be used from, over HTTP and SMTP; anywhere when absent.",
      }),
    ),
    expires_at: Type.Optional(instant("ISO 8601 with offset; never when absent.")),
    rate_limit: Type.Optional(RateLimit),
    daily_quota: Type.Optional(DailyQuota),
  },
  {
    additionalProperties: false,
    examples: [{ name: "Shop", scopes: ["send", "messages:read"], allowed_ips: ["192.0.2.0/24"] }],
  },
);

/** The body of `PATCH /api-keys/{id}`; what is absent stays. */
export const ApiKeyChange = Type.Object(
  {
    name: Type.Optional(ApiKeyRequest.properties.name),
    scopes: Type.Optional(ApiKeyRequest.properties.scopes),
    allowed_ips: Type.Optional(
      Type.Array(Type.String(), { maxItems: 100, description: "Empty: from anywhere." }),
    ),
    expires_at: Type.Optional(orNull("null: never.")),
    rate_limit: Type.Optional(Type.Union([RateLimit, Type.Null()])),
    daily_quota: Type.Optional(Type.Union([DailyQuota, Type.Null()])),
  },
  { additionalProperties: false, minProperties: 1, examples: [{ rate_limit: 50, daily_quota: 10_000 }] },
);

const fields = {
  id: Type.String(),
  name: Type.String(),
  public_id: Type.String({ description: "The middle part of the key, by which it can be recognised." }),
  scopes: Type.Array(Type.String()),
  allowed_ips: Type.Array(Type.String()),
  expires_at: orNull("null: never."),
  rate_limit: Type.Union([RateLimit, Type.Null()]),
  daily_quota: Type.Union([DailyQuota, Type.Null()]),
  last_used_at: orNull("To the minute; null: not yet."),
  created_at: instant(""),
};

const SAMPLE_KEY = {
  id: SAMPLE_ID.key,
  name: "Shop",
  public_id: "aBcDeFgHiJkLmNoPqRsTuV",
  scopes: ["send", "messages:read"],
  allowed_ips: ["192.0.2.0/24"],
  expires_at: null,
  rate_limit: null,
  daily_quota: null,
  last_used_at: null,
  created_at: SAMPLE_TIME,
};

/** A key without its secret. */
export const ApiKeyView = Type.Object(fields, { description: "Changed.", examples: [SAMPLE_KEY] });

/** As it is shown when it was just made. */
export const SAMPLE_NEW_KEY = { ...SAMPLE_KEY, key: `SG.${SAMPLE_KEY.public_id}.${"x".repeat(43)}` };

/** A key that was just made. */
export const NewApiKey = Type.Object(
  {
    ...fields,
    key: Type.String({
      description: "`SG.<22 characters>.<43 characters>`. Shown this once, and kept nowhere.",
    }),
  },
  {
    description: "Created.",
    examples: [SAMPLE_NEW_KEY],
  },
);

/** All keys of a project. */
export const ApiKeyList = Type.Object(
  { api_keys: Type.Array(Type.Object(fields)) },
  { description: "All of them, oldest first.", examples: [{ api_keys: [SAMPLE_KEY] }] },
);
