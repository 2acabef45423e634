import { Type } from "typebox";

const orNull = (description: string) =>
  Type.Union([Type.String({ format: "date-time", description }), Type.Null()]);

/** The body of `POST /domains`. */
export const DomainRequest = Type.Object(
  {
    name: Type.String({
      maxLength: 253,
      description: "Such as `shop.example`; Unicode names are taken as their ASCII form (RFC 5890).",
    }),
  },
  { additionalProperties: false },
);

/** The body of `POST /domains/{id}/rotate-dkim`. */
export const RotateRequest = Type.Object(
  {
    algorithm: Type.Optional(
      Type.Enum(["rsa-sha256", "ed25519-sha256"], { type: "string", default: "rsa-sha256" }),
    ),
  },
  { additionalProperties: false },
);

const summary = {
  id: Type.String(),
  name: Type.String(),
  verified: Type.Boolean({ description: "Only then can it send and receive." }),
  verified_at: orNull("null: not yet."),
  created_at: Type.String({ format: "date-time" }),
};

const Record = Type.Object({
  record: Type.Enum(["dkim", "return-path-mx", "return-path-spf", "dmarc", "inbound-mx"], { type: "string" }),
  type: Type.Enum(["TXT", "MX"], { type: "string" }),
  name: Type.String(),
  expected: Type.String({ description: "The value to publish." }),
  required: Type.Boolean({ description: "Sending suffers without it." }),
  why: Type.String(),
  verdict: Type.Enum(["unchecked", "ok", "missing", "mismatch", "error"], {
    type: "string",
    description: "Of the last look. `error`: the look-up failed, which says nothing about the record.",
  }),
  found: Type.Array(Type.String()),
  advice: Type.Union([Type.String({ description: "What to do." }), Type.Null()]),
});

/** A domain with what to publish, and what the last look found. */
export const DomainDetail = Type.Object({
  ...summary,
  return_path_host: Type.String({ description: "Where bounces go." }),
  checked_at: orNull("The last look at the DNS; null: none yet."),
  records: Type.Array(Record),
  dkim_keys: Type.Array(
    Type.Object({
      selector: Type.String(),
      algorithm: Type.String(),
      state: Type.Enum(["signing", "waiting", "retiring"], {
        type: "string",
        description:
          "`waiting`: its record was not seen yet. `retiring`: its successor signs; leave the record until it is gone from this list.",
      }),
      created_at: Type.String({ format: "date-time" }),
    }),
  ),
});

/** All domains of a project. */
export const DomainList = Type.Object(
  { domains: Type.Array(Type.Object(summary)) },
  { description: "All of them, by name." },
);
