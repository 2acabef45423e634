import { Type } from "typebox";
import { SAMPLE_ID, SAMPLE_TIME } from "./samples.ts";

const orNull = <Schema extends ReturnType<typeof Type.Integer> | ReturnType<typeof Type.Number>>(
  schema: Schema,
  description: string,
) => Type.Union([schema, Type.Null()], { description });

const limits = {
  connections: orNull(
    Type.Integer({ minimum: 1, maximum: 1_000 }),
    "Messages under way at once, and so connections, from one source to all hosts of the site. It is the most: how many are used is learned from the answers.",
  ),
  connections_per_host: orNull(
    Type.Integer({ minimum: 1, maximum: 1_000 }),
    "To one of the hosts. Further ones go to other hosts of the site where there are any.",
  ),
  messages_per_connection: orNull(
    Type.Integer({ minimum: 1, maximum: 100_000 }),
    "After so many a connection is closed.",
  ),
  messages_per_second: orNull(
    Type.Number({ exclusiveMinimum: 0, maximum: 100_000 }),
    "From one source, in each process that delivers; 0.5 is one message in two seconds.",
  ),
};

const pattern = Type.String({
  minLength: 1,
  maxLength: 253,
  description:
    "`mx.example.org`, `.example.org` for it and all names below it, or `*`. It is compared to the names of MX hosts and of routes' hosts, and of a domain that could not be routed. For a route to an IP address, that address.",
});
const note = Type.Union([Type.String({ maxLength: 1_000 }), Type.Null()], { description: "For people." });

/** The body of `POST /shaping-rules` and `PUT /shaping-rules/{id}`. */
export const ShapingRuleRequest = Type.Object(
  {
    pattern,
    connections: Type.Optional(limits.connections),
    connections_per_host: Type.Optional(limits.connections_per_host),
    messages_per_connection: Type.Optional(limits.messages_per_connection),
    messages_per_second: Type.Optional(limits.messages_per_second),
    note: Type.Optional(note),
  },
  {
    additionalProperties: false,
    examples: [{ pattern: ".example.org", connections: 2, messages_per_second: 5, note: "Ticket 42" }],
  },
);

const fields = {
  id: Type.String(),
  pattern,
  ...limits,
  note,
  created_at: Type.String({ format: "date-time" }),
};

const SAMPLE = {
  id: SAMPLE_ID.route,
  pattern: ".example.org",
  connections: 2,
  connections_per_host: null,
  messages_per_connection: null,
  messages_per_second: 5,
  note: "Ticket 42",
  created_at: SAMPLE_TIME,
};

/** A rule of the operator. */
export const ShapingRuleView = Type.Object(fields, {
  description: "null: what less particular rules say.",
  examples: [SAMPLE],
});

/** All rules, and those that come with the program. */
export const ShapingRuleList = Type.Object(
  {
    shaping_rules: Type.Array(Type.Object(fields)),
    shipped_rules: Type.Array(
      Type.Object({
        name: Type.String(),
        patterns: Type.Array(Type.String()),
        ...limits,
        note: Type.String(),
        source: Type.String({ description: "Where the figures are from." }),
        seen: Type.String({ description: "When that was looked at." }),
      }),
      { description: "They come after those of the operator, and cannot be changed." },
    ),
  },
  { description: "All of them, oldest first.", examples: [{ shaping_rules: [SAMPLE], shipped_rules: [] }] },
);
