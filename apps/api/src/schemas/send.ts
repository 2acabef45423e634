import { PRIORITIES, submissionLimits } from "@waxwing/outbound";
import { Type } from "typebox";
import { SAMPLE_ID, SAMPLE_MESSAGE, SAMPLE_RECIPIENTS } from "./samples.ts";
import { variables } from "./template.ts";

const closed = { additionalProperties: false } as const;

const Mailbox = Type.Union(
  [
    Type.String({ description: "`ann@example.test` or `Ann <ann@example.test>`." }),
    Type.Object({ email: Type.String(), name: Type.Optional(Type.String()) }, closed),
  ],
  { description: "A mailbox (RFC 5322), as text or in its parts." },
);

const mailboxes = (description: string, maxItems: number) =>
  Type.Union(
    [
      Type.String({ description: "One mailbox." }),
      Type.Object({ email: Type.String(), name: Type.Optional(Type.String()) }, closed),
      Type.Array(Mailbox, { maxItems }),
    ],
    { description },
  );

// TypeBox writes records as patterns over names, which a name with a line break in it would escape.
const texts = (description: string, maxProperties: number) =>
  Type.Unsafe<Record<string, string>>({
    type: "object",
    additionalProperties: { type: "string" },
    maxProperties,
    description,
  });

const Attachment = Type.Object(
  {
    filename: Type.String({ description: "At most 255 characters." }),
    content: Type.String({
      description: "Base64 (RFC 4648 section 4), padded, in one line.",
      contentEncoding: "base64",
    }),
    type: Type.Optional(Type.String({ description: "Media type; `application/octet-stream` when absent." })),
    disposition: Type.Optional(
      Type.Enum(["attachment", "inline"], { type: "string", default: "attachment" }),
    ),
    content_id: Type.Optional(Type.String({ description: "What html refers to as `cid:`." })),
  },
  closed,
);

const Track = Type.Object(
  {
    opens: Type.Optional(
      Type.Boolean({
        default: false,
        description: "Put a pixel into the html; loading it is an `opened` event.",
      }),
    ),
    clicks: Type.Optional(
      Type.Union([Type.Boolean(), Type.Enum(["html", "all"], { type: "string" })], {
        default: false,
        description:
          "Let links lead over this platform; following one is a `clicked` event. `true` and `html`: the links of the html, `all`: those of the text too.",
      }),
    ),
    replies: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          "Let answers come to this platform, by a Reply-To of each recipient's own; one is a `replied` event. Cannot stand beside `reply_to`.",
      }),
    ),
  },
  { ...closed, description: "What to learn of the recipients. Off unless asked for." },
);

const Unsubscribe = Type.Union(
  [
    Type.Boolean({ description: "From all mail of the project." }),
    Type.Object(
      {
        group: Type.Optional(
          Type.Integer({
            minimum: 1,
            maximum: 2_147_483_647,
            description: "From the mail of this unsubscribe group.",
          }),
        ),
      },
      closed,
    ),
  ],
  {
    default: false,
    description:
      "Offer to unsubscribe: List-Unsubscribe with one click (RFC 8058). Who does is not sent further mail, and an `unsubscribed` event says so.",
  },
);

const { recipients, tags, tagChars, metadataBytes, ttlSeconds } = submissionLimits;

/** The body of `POST /send`. What a schema cannot say well is checked by `readSubmission`. */
export const SendRequest = Type.Object(
  {
    from: Mailbox,
    to: mailboxes(`Whom it is for. At most ${recipients} recipients in to, cc and bcc together.`, recipients),
    cc: Type.Optional(mailboxes("Who gets a copy that everyone sees.", recipients)),
    bcc: Type.Optional(mailboxes("Who gets a copy that nobody sees.", recipients)),
    reply_to: Type.Optional(mailboxes("Where answers go, when not to the sender.", 100)),
    subject: Type.Optional(
      Type.String({
        description: "At most 998 characters. Needed, unless there is a template that has one.",
      }),
    ),
    text: Type.Optional(
      Type.String({
        description: "The plain text; made from html when absent. Text, html or an attachment is needed.",
      }),
    ),
    html: Type.Optional(Type.String()),
    template: Type.Optional(
      Type.String({
        description:
          "A template, whose active version makes html and text, and the subject where none is given here.",
      }),
    ),
    variables: Type.Optional(variables("The values that the template names: any JSON object.")),
    headers: Type.Optional(
      texts(
        "Further header fields, at most 64 KiB. Those that the platform writes itself cannot be set.",
        100,
      ),
    ),
    attachments: Type.Optional(Type.Array(Attachment, { maxItems: 200 })),
    tags: Type.Optional(
      Type.Array(Type.String(), {
        maxItems: tags,
        description: `Labels for searching, of 1 to ${tagChars} characters. They come back in every event.`,
      }),
    ),
    metadata: Type.Optional(
      texts(
        `Your own data, at most ${metadataBytes} bytes of names and values. It comes back in every event.`,
        1_000,
      ),
    ),
    send_at: Type.Optional(
      Type.String({
        format: "date-time",
        description: "ISO 8601 with offset, at most 72 hours ahead. A time that has passed means now.",
      }),
    ),
    ttl_seconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: ttlSeconds,
        description:
          "How long it is worth delivering, from `send_at` on. Then undelivered recipients are `expired`.",
      }),
    ),
    priority: Type.Optional(Type.Enum([...PRIORITIES], { type: "string", default: "standard" })),
    pool: Type.Optional(
      Type.String({
        minLength: 2,
        maxLength: 64,
        description: "The egress pool whose addresses it leaves from; `default` when absent.",
      }),
    ),
    track: Type.Optional(Track),
    unsubscribe: Type.Optional(Unsubscribe),
  },
  { ...closed, title: "SendRequest", examples: [SAMPLE_MESSAGE] },
);

/** The headers of requests that can be repeated safely. */
export const IdempotencyHeaders = Type.Object({
  "idempotency-key": Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      pattern: "^[\\x21-\\x7e]*$",
      description:
        "visible ASCII characters of your choice, remembered for 24 hours. The same request with the same key is answered as the first time and sends nothing again; another request with it is refused",
    }),
  ),
});

/** The 202. */
export const SendAnswer = Type.Object(
  {
    id: Type.String({ description: "The message, for `GET /messages/{id}`." }),
    recipients: Type.Array(
      Type.Object({ id: Type.String({ description: "`<message id>.<number>`" }), email: Type.String() }),
      { description: "In the order to, cc, bcc." },
    ),
  },
  {
    description: "Stored durably.",
    title: "AcceptedMessage",
    examples: [{ id: SAMPLE_ID.message, recipients: SAMPLE_RECIPIENTS }],
  },
);
