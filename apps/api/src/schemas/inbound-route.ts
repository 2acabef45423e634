import { type Static, Type } from "typebox";
import { ref } from "./ref.ts";
import { SAMPLE_ID, SAMPLE_TIME } from "./samples.ts";

const MailboxAction = Type.Object(
  {
    type: Type.Literal("mailbox"),
    address: Type.Optional(
      Type.String({
        maxLength: 320,
        description:
          "A mailbox of the project. Absent: where the mail would go without the route, if anywhere.",
      }),
    ),
  },
  { additionalProperties: false, description: "Files the mail in a mailbox." },
);

const WebhookAction = Type.Object(
  {
    type: Type.Literal("webhook"),
    url: Type.String({ description: "http or https, without user and password." }),
    format: Type.Optional(
      Type.Enum(["waxwing", "sendgrid"], {
        type: "string",
        description:
          "`waxwing` (when absent): JSON, with attachments in base64. `sendgrid`: the multipart/form-data of SendGrid's Inbound Parse.",
      }),
    ),
    raw: Type.Optional(
      Type.Boolean({ description: "The message as it came, in place of its text and attachments." }),
    ),
  },
  {
    additionalProperties: false,
    description: "Posts the mail, signed by the Standard Webhooks scheme; tried again for three days.",
  },
);

const ForwardAction = Type.Object(
  {
    type: Type.Literal("forward"),
    to: Type.Array(Type.String({ maxLength: 320 }), { minItems: 1, maxItems: 20 }),
  },
  {
    additionalProperties: false,
    description: "Sends the mail on, with its sender rewritten (SRS); bounces go back to the sender.",
  },
);

const DropAction = Type.Object(
  { type: Type.Literal("drop") },
  { additionalProperties: false, description: "Accepts the mail and keeps nothing. Stands alone." },
);

/** What a route does with a mail. */
export const InboundAction = Type.Union([MailboxAction, WebhookAction, ForwardAction, DropAction]);

const pattern = Type.String({
  minLength: 1,
  maxLength: 320,
  description:
    "`local@domain`. `*` in the local part is any number of characters; as the domain, each domain of the project. What follows a plus in an address does not count, unless the pattern has a plus.",
});
const position = Type.Integer({
  minimum: 0,
  maximum: 1_000_000,
  description: "Lower ones are looked at first; of equal ones the older.",
});
const actions = Type.Array(InboundAction, { minItems: 1, maxItems: 10 });
const enabled = Type.Boolean();

const SAMPLE_ACTIONS = [
  { type: "webhook" as const, url: "https://shop.example.test/hooks/mail", format: "waxwing" as const },
  { type: "mailbox" as const },
];

/** The body of `POST /inbound-routes`. */
export const InboundRouteRequest = Type.Object(
  {
    pattern,
    actions,
    position: Type.Optional(position),
    enabled: Type.Optional(enabled),
  },
  {
    additionalProperties: false,
    examples: [{ pattern: "support@shop.example", actions: SAMPLE_ACTIONS }],
  },
);

/** The body of `PATCH /inbound-routes/{id}`; what is absent stays. */
export const InboundRoutePatch = Type.Object(
  {
    pattern: Type.Optional(pattern),
    actions: Type.Optional(actions),
    position: Type.Optional(position),
    enabled: Type.Optional(enabled),
  },
  { additionalProperties: false, minProperties: 1, examples: [{ enabled: false }] },
);

const fields = {
  id: Type.String(),
  pattern: Type.String(),
  position: Type.Integer(),
  actions: Type.Array(InboundAction),
  enabled: Type.Boolean(),
  created_at: Type.String({ format: "date-time" }),
};

const SAMPLE: Static<ReturnType<typeof Type.Object<typeof fields>>> = {
  id: SAMPLE_ID.route,
  pattern: "support@shop.example",
  position: 1,
  actions: SAMPLE_ACTIONS,
  enabled: true,
  created_at: SAMPLE_TIME,
};

/** An inbound route. */
export const InboundRoute = Type.Object(fields, { $id: "InboundRoute", examples: [SAMPLE] });

/** An inbound route that was just made. */
export const NewInboundRoute = Type.Object(
  {
    ...fields,
    secret: Type.String({
      description:
        "`whsec_<base64>`, the key of the signatures of its posts (Standard Webhooks). Shown this once.",
    }),
  },
  { description: "Created.", examples: [{ ...SAMPLE, secret: `whsec_${"x".repeat(43)}=` }] },
);

/** All inbound routes of a project. */
export const InboundRouteList = Type.Object(
  { inbound_routes: Type.Array(ref(InboundRoute)) },
  { description: "In the order in which they are looked at.", examples: [{ inbound_routes: [SAMPLE] }] },
);

const Post = Type.Object({
  id: Type.String({ description: "`webhook-id` of the post, in every try." }),
  mail_id: Type.String(),
  recipients: Type.Array(Type.String()),
  url: Type.String(),
  state: Type.Enum(["pending", "delivered", "failed"], { type: "string" }),
  attempts: Type.Integer(),
  next_attempt_at: Type.Union([Type.String({ format: "date-time" }), Type.Null()]),
  status: Type.Union([Type.Integer({ description: "HTTP status of the last answer." }), Type.Null()]),
  error: Type.Union([Type.String(), Type.Null()]),
  received_at: Type.String({ format: "date-time" }),
});

/** What became of the posts of a route. */
export const InboundPostList = Type.Object(
  { posts: Type.Array(Post) },
  {
    description: "The newest hundred.",
    examples: [
      {
        posts: [
          {
            id: SAMPLE_ID.event,
            mail_id: SAMPLE_ID.message,
            recipients: ["support@shop.example"],
            url: "https://shop.example.test/hooks/mail",
            state: "delivered" as const,
            attempts: 1,
            next_attempt_at: null,
            status: 200,
            error: null,
            received_at: SAMPLE_TIME,
          },
        ],
      },
    ],
  },
);
