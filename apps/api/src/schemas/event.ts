import { EVENT_TYPES } from "@waxwing/events";
import { Type } from "typebox";
import { ref } from "./ref.ts";
import { LATER_SAMPLE_TIME, SAMPLE_ID } from "./samples.ts";

const common = {
  id: Type.String({ description: "Unique: use it to drop duplicates." }),
  type: Type.String({ description: `One of: ${EVENT_TYPES.join(", ")}. More may come.` }),
  created_at: Type.String({ format: "date-time" }),
  recipient_id: Type.Union([Type.String(), Type.Null()]),
  data: Type.Unsafe<Readonly<Record<string, unknown>>>({
    type: "object",
    additionalProperties: true,
    description:
      "What the type says; always `email`, and the message's `tags` and `metadata` where there are any.",
  }),
};

/** An event as the timeline of its message shows it. */
export const SAMPLE_EVENT = {
  id: SAMPLE_ID.event,
  type: "delivered",
  created_at: LATER_SAMPLE_TIME,
  recipient_id: `${SAMPLE_ID.message}.0`,
  data: {
    email: "ann@example.test",
    reply: "250 2.0.0 Ok",
    tags: ["order-confirmation"],
    metadata: { order: "42" },
  },
};

/** An event of a message's timeline. */
export const TimelineEvent = Type.Object(common, { $id: "TimelineEvent" });

/** An event of the log. */
export const LogEvent = Type.Object(
  { ...common, message_id: Type.Union([Type.String(), Type.Null()]) },
  { $id: "Event" },
);

const filters = {
  type: Type.Optional(
    Type.String({ maxLength: 300, description: "Only events of these types: `delivered,bounced`." }),
  ),
  message: Type.Optional(Type.String({ maxLength: 40, description: "Only events of this message." })),
  recipient: Type.Optional(
    Type.String({ maxLength: 320, description: "Only events about this address, as it was written." }),
  ),
  tag: Type.Optional(Type.String({ maxLength: 255, description: "Only events of messages with this tag." })),
};

/** The query of `GET /events`. */
export const EventsQuery = Type.Object(
  {
    after: Type.Optional(
      Type.String({ description: "The `next` of an earlier answer; absent: from the beginning of the log." }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
    wait: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 60,
        default: 0,
        description:
          "At the end of the log, wait so many seconds for events. The answer comes as soon as there are any.",
      }),
    ),
    ...filters,
  },
  { additionalProperties: false },
);

/** The query of `GET /events/stream`. */
export const EventStreamQuery = Type.Object(
  {
    after: Type.Optional(
      Type.String({
        description:
          "A cursor, as `next` of `GET /events` and `id` of a stream are; absent: from now on. The header `Last-Event-ID` goes before.",
      }),
    ),
    ...filters,
  },
  { additionalProperties: false },
);

/** A page of the log. */
export const EventPage = Type.Object(
  {
    events: Type.Array(ref(LogEvent)),
    next: Type.String({
      description:
        "Pass it as `after` to go on. Always there: with no new events it is where you are, to be tried again later. A cursor stays good for ever; what lies before the log's beginning is refused with `cursor-expired`.",
    }),
  },
  {
    description: "A page of the log.",
    examples: [
      {
        events: [{ ...SAMPLE_EVENT, message_id: SAMPLE_ID.message }],
        next: "AAAAAAAAA-gBogcibDx7Hp0kP28MWp4R",
      },
    ],
  },
);
