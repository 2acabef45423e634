import { Type } from "typebox";
import { LogEvent, SAMPLE_EVENT } from "./event.ts";
import { ref } from "./ref.ts";
import { LATER_SAMPLE_TIME, SAMPLE_ID } from "./samples.ts";

const orNull = (
  schema: ReturnType<typeof Type.String> | ReturnType<typeof Type.Integer>,
  description: string,
) => Type.Union([schema, Type.Null()], { description });

const STATES = ["pending", "delivered", "failed"] as const;

/** The query of `GET /webhooks/:id/deliveries`. */
export const DeliveriesQuery = Type.Object(
  {
    cursor: Type.Optional(Type.String({ description: "The `next` of an earlier answer." })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
    state: Type.Optional(Type.Enum([...STATES], { type: "string" })),
    type: Type.Optional(
      Type.String({ maxLength: 40, description: "Only events of this type, by our names." }),
    ),
    message: Type.Optional(Type.String({ maxLength: 40, description: "Only events of this message." })),
  },
  { additionalProperties: false },
);

const fields = {
  event_id: Type.String(),
  event_type: orNull(Type.String(), "null for what was delivered before types were kept."),
  message_id: orNull(Type.String(), "null for events about no message."),
  sequence: orNull(Type.Integer(), "Its number among the events of its message that this webhook is told."),
  state: Type.Enum([...STATES], {
    type: "string",
    description: "`pending`: it will be tried, or tried again; `failed`: it was given up.",
  }),
  attempts: Type.Integer({ description: "Tries since it was last given up or replayed." }),
  due_at: orNull(Type.String({ format: "date-time" }), "When it is tried next."),
  status: orNull(Type.Integer(), "HTTP status of the last answer; null where there was none."),
  error: orNull(Type.String(), "Why the last try failed."),
  duration_ms: orNull(Type.Integer(), "How long the last try took."),
  updated_at: Type.String({ format: "date-time" }),
};

const SAMPLE_DELIVERY = {
  event_id: SAMPLE_ID.event,
  event_type: "delivered",
  message_id: SAMPLE_ID.message,
  sequence: 3,
  state: "delivered",
  attempts: 1,
  due_at: null,
  status: 204,
  error: null,
  duration_ms: 41,
  updated_at: LATER_SAMPLE_TIME,
};

/** What became of one event at a webhook. */
export const Delivery = Type.Object(fields, { $id: "WebhookDelivery", examples: [SAMPLE_DELIVERY] });

/** A page of deliveries. */
export const DeliveryPage = Type.Object(
  {
    deliveries: Type.Array(ref(Delivery)),
    next: Type.Union([Type.String(), Type.Null()], {
      description:
        "Pass it as `cursor` for earlier ones; null: these were the first. A page looks at 10,000 deliveries at most, so it may have fewer than asked for and still a `next`.",
    }),
  },
  {
    description: "Those of the newest events first.",
    examples: [{ deliveries: [SAMPLE_DELIVERY], next: null }],
  },
);

/** A delivery with its tries. */
export const DeliveryWithTries = Type.Object(
  {
    ...fields,
    tries: Type.Array(
      Type.Object({
        at: Type.String({ format: "date-time" }),
        duration_ms: Type.Integer(),
        status: orNull(Type.Integer(), "null where there was no answer."),
        error: orNull(Type.String(), "null: the endpoint took it."),
        request_headers: Type.Unsafe<Readonly<Record<string, string>>>({
          type: "object",
          additionalProperties: { type: "string" },
        }),
        events: Type.Integer({ description: "How many events the post held. In the format `waxwing` one." }),
        answer: Type.String({ description: "The first 1,024 octets of the answer." }),
      }),
      { description: "Oldest first; the first one and the last nineteen." },
    ),
    event: Type.Union([ref(LogEvent), Type.Null()], {
      description: "What the post was about: its body is made of this. null when retention has taken it.",
    }),
  },
  {
    description: "The delivery.",
    examples: [
      {
        ...SAMPLE_DELIVERY,
        tries: [
          {
            at: LATER_SAMPLE_TIME,
            duration_ms: 41,
            status: 204,
            error: null,
            request_headers: {
              "content-type": "application/json",
              "user-agent": "Waxwing-Webhooks/1",
              "webhook-id": SAMPLE_ID.event,
              "webhook-timestamp": "1795422601",
              "webhook-signature": "v1,dBaTfR...",
            },
            events: 1,
            answer: "",
          },
        ],
        event: { ...SAMPLE_EVENT, message_id: SAMPLE_ID.message },
      },
    ],
  },
);

/** The body of `POST /webhooks/:id/replay`. */
export const ReplayRequest = Type.Object(
  {
    event: Type.Optional(Type.String({ maxLength: 40, description: "One event, by its id." })),
    message: Type.Optional(Type.String({ maxLength: 40, description: "The events of a message." })),
    failed: Type.Optional(Type.Boolean({ description: "`true`: all that were given up." })),
    after: Type.Optional(
      Type.String({ maxLength: 100, description: "Everything after this cursor of `GET /events`." }),
    ),
    until: Type.Optional(
      Type.String({ maxLength: 100, description: "With `after`: up to this cursor, its event included." }),
    ),
    from: Type.Optional(Type.String({ format: "date-time", description: "Everything from this time on." })),
    to: Type.Optional(Type.String({ format: "date-time", description: "With `from`: before this time." })),
  },
  {
    additionalProperties: false,
    description: "Exactly one of `event`, `message`, `failed`, `after` and `from`.",
    examples: [{ from: "2026-11-23T08:00:00Z", to: "2026-11-23T09:00:00Z" }],
  },
);

/** The answer to it. */
export const ReplayAnswer = Type.Object(
  {
    replayed: Type.Union([Type.Integer(), Type.Null()], {
      description:
        "How many events are told once more; null for a stretch of the log, which is told as it is read.",
    }),
  },
  { description: "They will be told.", examples: [{ replayed: null }] },
);
