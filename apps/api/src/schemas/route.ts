import { Type } from "typebox";
import { SAMPLE_ID, SAMPLE_TIME } from "./samples.ts";

const host = Type.String({
  minLength: 1,
  maxLength: 253,
  description:
    "A name or an address. Routes of projects other than the platform's first lead to public addresses only.",
});
const port = Type.Integer({ minimum: 1, maximum: 65_535 });
const tls = Type.Enum(["none", "opportunistic", "required", "verified"], {
  type: "string",
  description:
    "`none`: in the clear; `opportunistic`: where the server offers it; `required`: or no mail, with any certificate; `verified`: with a trusted certificate made out to `host`.",
});
const implicitTls = Type.Boolean({ description: "TLS from the first octet on, as on port 465." });
const username = Type.String({ minLength: 1, maxLength: 255, description: "Said over TLS only." });
const password = Type.String({
  minLength: 1,
  maxLength: 1_000,
  description: "Kept sealed, and never shown.",
});

/** The body of `POST /routes`. */
export const RouteRequest = Type.Object(
  {
    pattern: Type.String({
      minLength: 1,
      maxLength: 255,
      description:
        "Which recipient domains take the route: `example.org`, `.example.org` for all names below it, or `*`. The most specific one wins.",
    }),
    host,
    port,
    tls: Type.Optional(tls),
    implicit_tls: Type.Optional(implicitTls),
    username: Type.Optional(username),
    password: Type.Optional(password),
    platform: Type.Optional(
      Type.Boolean({
        description:
          "For the mail of all projects that have no route of their own for a domain. Keys of the platform's first project only.",
      }),
    ),
  },
  {
    additionalProperties: false,
    examples: [{ pattern: "*", host: "smtp.example.com", port: 587, username: "shop", password: "secret" }],
  },
);

/** The body of `PATCH /routes/{id}`; what is absent stays. */
export const RouteChangeRequest = Type.Object(
  {
    host: Type.Optional(host),
    port: Type.Optional(port),
    tls: Type.Optional(tls),
    implicit_tls: Type.Optional(implicitTls),
    username: Type.Optional(Type.Union([username, Type.Null()], { description: "null: log in no more." })),
    password: Type.Optional(password),
  },
  {
    additionalProperties: false,
    minProperties: 1,
    examples: [{ host: "smtp2.example.com", password: "secret" }],
  },
);

const fields = {
  id: Type.String(),
  pattern: Type.String(),
  host: Type.String(),
  port: Type.Integer(),
  tls,
  implicit_tls: Type.Boolean(),
  username: Type.Union([Type.String(), Type.Null()]),
  platform: Type.Boolean(),
  created_at: Type.String({ format: "date-time" }),
};

const SAMPLE = {
  id: SAMPLE_ID.route,
  pattern: "*",
  host: "smtp.example.com",
  port: 587,
  tls: "verified" as const,
  implicit_tls: false,
  username: "shop",
  platform: false,
  created_at: SAMPLE_TIME,
};

/** A route as it is shown: without its password. */
export const RouteView = Type.Object(fields, { examples: [SAMPLE] });

/** All routes that a key may see. */
export const RouteList = Type.Object(
  { routes: Type.Array(Type.Object(fields)) },
  {
    description:
      "Those of the project, oldest first; for keys of the platform's first project, then the platform's.",
    examples: [{ routes: [SAMPLE] }],
  },
);
