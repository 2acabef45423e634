import { Type } from "typebox";
import { SAMPLE_ID, SAMPLE_TIME } from "./samples.ts";

const nameOf = (more = "") =>
  Type.String({
    pattern: "^[A-Za-z0-9][A-Za-z0-9 ._-]{1,63}$",
    description: `2 to 64 letters, digits, spaces, dots, hyphens and underscores.${more}`,
  });
const name = nameOf();
const or = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema, description: string) =>
  Type.Union([schema, Type.Null()], { description });

const relay = {
  host: Type.String({ minLength: 1, maxLength: 253, description: "A name or an address." }),
  port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  implicit_tls: Type.Optional(Type.Boolean({ description: "TLS from the first octet on, as on port 465." })),
  username: Type.Optional(or(Type.String({ minLength: 1, maxLength: 255 }), "Said over TLS only.")),
};

const warmUp = or(
  Type.Object(
    {
      start: Type.String({ format: "date", description: "The first day (UTC). Before it nothing is sent." }),
      daily_caps: Type.Array(Type.Integer({ minimum: 0, maximum: 1_000_000_000 }), {
        minItems: 1,
        maxItems: 365,
        description: "Messages on each day; after the last one any number.",
      }),
    },
    { additionalProperties: false },
  ),
  "How much it may send on each of its first days, over all pools and processes; null: any number.",
);

const said = {
  local_address: or(
    Type.String({ maxLength: 45 }),
    "The address of this machine that connections come from; null: the system's choice.",
  ),
  helo_name: or(
    Type.String({ minLength: 1, maxLength: 253, pattern: "^[A-Za-z0-9.-]+$" }),
    "Its name in EHLO, which should lead to the address and back; null: WAXWING_HOSTNAME.",
  ),
  messages_per_second: or(
    Type.Number({ minimum: 1, maximum: 100_000 }),
    "Over all sites and processes; null: any number.",
  ),
  warm_up: warmUp,
};

/** The body of `POST /egress-sources` and `PUT /egress-sources/{id}`. */
export const EgressSourceRequest = Type.Object(
  {
    name,
    local_address: Type.Optional(said.local_address),
    helo_name: Type.Optional(said.helo_name),
    relay: Type.Optional(
      or(
        Type.Object(
          {
            ...relay,
            password: Type.Optional(
              Type.String({
                minLength: 1,
                maxLength: 1_000,
                description:
                  "Kept sealed, and never shown. Absent in a change, it stays while host, port and user do.",
              }),
            ),
          },
          { additionalProperties: false },
        ),
        "A server that takes everything from here; null: each site's own servers.",
      ),
    ),
    messages_per_second: Type.Optional(said.messages_per_second),
    warm_up: Type.Optional(said.warm_up),
  },
  {
    additionalProperties: false,
    examples: [
      {
        name: "out-1",
        local_address: "192.0.2.10",
        helo_name: "out-1.example.com",
        warm_up: { start: "2026-12-01", daily_caps: [50, 100, 500, 1_000] },
      },
    ],
  },
);

const SAMPLE_SOURCE = {
  id: SAMPLE_ID.route,
  name: "out-1",
  local_address: "192.0.2.10",
  helo_name: "out-1.example.com",
  relay: null,
  messages_per_second: null,
  warm_up: { start: "2026-12-01", daily_caps: [50, 100, 500, 1_000] },
  created_at: SAMPLE_TIME,
};

const sourceFields = {
  id: Type.String(),
  name,
  local_address: said.local_address,
  helo_name: said.helo_name,
  relay: or(
    Type.Object({
      host: relay.host,
      port: relay.port,
      implicit_tls: Type.Boolean(),
      username: Type.Union([Type.String(), Type.Null()]),
    }),
    "null: each site's own servers.",
  ),
  messages_per_second: said.messages_per_second,
  warm_up: said.warm_up,
  created_at: Type.String({ format: "date-time" }),
};

/** A source, without the password of its relay. */
export const EgressSourceView = Type.Object(sourceFields, { examples: [SAMPLE_SOURCE] });

/** All sources. */
export const EgressSourceList = Type.Object(
  { egress_sources: Type.Array(Type.Object(sourceFields)) },
  { description: "All of them, oldest first.", examples: [{ egress_sources: [SAMPLE_SOURCE] }] },
);

const pool = {
  name: nameOf(" `default` is for messages that name no pool."),
  members: Type.Array(
    Type.Object(
      {
        source: Type.String({ maxLength: 64, description: "The name of a source." }),
        weight: Type.Integer({ minimum: 1, maximum: 1_000, description: "Its share of the pool's mail." }),
      },
      { additionalProperties: false },
    ),
    { minItems: 1, maxItems: 100 },
  ),
};
const overflow = or(
  Type.String({ maxLength: 64 }),
  "The pool that takes what no source of this one may take today; null: it waits.",
);
const projects = Type.Array(Type.String(), {
  maxItems: 1_000,
  description: "Ids of the projects that may use it; empty: all.",
});

/** The body of `POST /egress-pools` and `PUT /egress-pools/{id}`. */
export const EgressPoolRequest = Type.Object(
  { ...pool, overflow: Type.Optional(overflow), projects: Type.Optional(projects) },
  {
    additionalProperties: false,
    examples: [{ name: "receipts", members: [{ source: "out-1", weight: 1 }], overflow: "default" }],
  },
);

const SAMPLE_POOL = {
  id: SAMPLE_ID.project,
  name: "receipts",
  members: [{ source: "out-1", weight: 1 }],
  overflow: "default",
  projects: [],
  created_at: SAMPLE_TIME,
};

const poolFields = {
  id: Type.String(),
  ...pool,
  overflow,
  projects,
  created_at: Type.String({ format: "date-time" }),
};

/** A pool. */
export const EgressPoolView = Type.Object(poolFields, { examples: [SAMPLE_POOL] });

/** All pools. */
export const EgressPoolList = Type.Object(
  { egress_pools: Type.Array(Type.Object(poolFields)) },
  { description: "All of them, oldest first.", examples: [{ egress_pools: [SAMPLE_POOL] }] },
);
