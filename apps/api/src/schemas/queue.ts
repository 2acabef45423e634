import { HOLD_KINDS } from "@waxwing/store";
import { Type } from "typebox";

const OVER_ALL = "Over all projects. Keys of the platform's first project only.";
const platform = Type.Boolean({ description: OVER_ALL });
const instant = (description: string) => Type.String({ format: "date-time", description });
const orNull = (description: string) => Type.Union([Type.String(), Type.Null()], { description });

/** The query of `GET /queue`. */
export const QueueQuery = Type.Object(
  {
    platform: Type.Optional(Type.Enum(["true", "false"], { type: "string", description: OVER_ALL })),
    cursor: Type.Optional(Type.String({ maxLength: 20, description: "The `next` of an earlier answer." })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
  },
  { additionalProperties: false },
);

/** A page of lanes. */
export const QueuePage = Type.Object(
  {
    lanes: Type.Array(
      Type.Object({
        site: Type.String({
          description:
            "Recipient domains with the same mail servers are one site; a domain that nothing was sent to yet is its own.",
        }),
        pool: Type.String({ description: "The egress pool." }),
        depth: Type.Integer({ description: "Recipients that wait." }),
        depth_is_minimum: Type.Boolean({
          description: "True: at least as many. At most 10,000 of a site, priority and project are counted.",
        }),
        under_way: Type.Integer({ description: "How many of them are with a worker." }),
        oldest_at: instant("When the oldest of those that were counted was accepted."),
        next_due_at: instant("When the first one falls due; in the past: it waits for its turn, or is held."),
      }),
    ),
    next: orNull("Pass it as `cursor` for more; null: these were the last."),
  },
  {
    description: "The deepest first.",
    examples: [
      {
        lanes: [
          {
            site: "mx:(mx1,mx2).example.org",
            pool: "default",
            depth: 1_204,
            depth_is_minimum: false,
            under_way: 20,
            oldest_at: "2026-11-23T08:30:00.000Z",
            next_due_at: "2026-11-23T08:31:00.000Z",
          },
        ],
        next: null,
      },
    ],
  },
);

const selection = {
  kind: Type.Enum([...HOLD_KINDS, "message"], {
    type: "string",
    description: "`site`: keys of the platform's first project only; `domain`: of the recipients.",
  }),
  value: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 400,
      description:
        "The site, domain, project id, tag or message id. Of a project it may be absent: the key's own.",
    }),
  ),
  platform: Type.Optional(platform),
  dry_run: Type.Optional(Type.Boolean({ description: "Counts, and changes nothing." })),
  cursor: Type.Optional(
    Type.String({ maxLength: 60, description: "The `next` of an earlier answer to the same order." }),
  ),
};

/** The body of `POST /queue/requeue`. */
export const RequeueRequest = Type.Object(selection, {
  additionalProperties: false,
  examples: [{ kind: "domain", value: "example.org" }],
});

/** The body of `POST /queue/bounce`. */
export const BounceRequest = Type.Object(
  {
    ...selection,
    reason: Type.String({
      minLength: 1,
      maxLength: 500,
      description: "Becomes part of the event, and of the report to an SMTP sender.",
    }),
  },
  {
    additionalProperties: false,
    examples: [{ kind: "tag", value: "newsletter-42", reason: "sent by mistake", dry_run: true }],
  },
);

/** What an order came to. */
export const QueueActAnswer = Type.Object(
  {
    matched: Type.Integer({ description: "Recipients that the order was about." }),
    changed: Type.Integer({
      description: "How many were changed: 0 in a dry run, and those that a worker had are left out.",
    }),
    next: orNull(
      "Repeat the order with it as `cursor`: not all of the queue was looked at. Null: it is done.",
    ),
  },
  {
    description: "After a few seconds at the latest.",
    examples: [{ matched: 1_204, changed: 1_204, next: null }],
  },
);
