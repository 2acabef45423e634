import { RECIPIENT_STATES } from "@waxwing/store";
import { Type } from "typebox";
import { SAMPLE_ID, SAMPLE_TIME } from "./samples.ts";

// Control characters stand in none of these; a NUL is nothing that PostgreSQL could look for.
const term = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 998, pattern: "^[^\\x00-\\x1f]*$", description }));

/** The query of `GET /messages`. */
export const MessagesQuery = Type.Object(
  {
    recipient: term("a whole address, in any case; found by an index"),
    sender: term("part of the sender's address, in any case"),
    subject: term("part of the subject, in any case"),
    tag: term("a whole tag, as it was given"),
    state: Type.Optional(
      Type.Enum([...RECIPIENT_STATES], {
        type: "string",
        description: "The state of a recipient: of the one searched for, otherwise of any.",
      }),
    ),
    from: Type.Optional(
      Type.String({ format: "date-time", description: "Accepted then or later. ISO 8601 with offset." }),
    ),
    to: Type.Optional(
      Type.String({ format: "date-time", description: "Accepted before. ISO 8601 with offset." }),
    ),
    after: Type.Optional(Type.String({ description: "The `next` of an earlier answer." })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 50 })),
  },
  { additionalProperties: false },
);

/** A page of messages. */
export const MessagePage = Type.Object(
  {
    messages: Type.Array(
      Type.Object({
        id: Type.String(),
        from: Type.Object({ email: Type.String(), name: Type.Optional(Type.String()) }),
        subject: Type.String(),
        tags: Type.Array(Type.String()),
        accepted_at: Type.String({ format: "date-time" }),
        send_at: Type.Union([Type.String({ format: "date-time" }), Type.Null()]),
        recipient_count: Type.Integer(),
        recipients: Type.Array(
          Type.Object({
            id: Type.String(),
            email: Type.String(),
            state: Type.Enum([...RECIPIENT_STATES], { type: "string" }),
            held: Type.Boolean({ description: "A hold keeps it back; `GET /messages/{id}` says which." }),
          }),
          { description: "The first ten; `GET /messages/{id}` has all." },
        ),
      }),
    ),
    next: Type.Union([Type.String(), Type.Null()], {
      description:
        "Pass it as `after` for older ones; null when there are none. A page may be short, or empty, before that.",
    }),
  },
  {
    description: "Newest first.",
    examples: [
      {
        messages: [
          {
            id: SAMPLE_ID.message,
            from: { email: "shop@waxwing.test", name: "Shop" },
            subject: "Your order 42",
            tags: ["order-confirmation"],
            accepted_at: SAMPLE_TIME,
            send_at: null,
            recipient_count: 1,
            recipients: [
              { id: `${SAMPLE_ID.message}.0`, email: "ann@example.test", state: "delivered", held: false },
            ],
          },
        ],
        next: null,
      },
    ],
  },
);
