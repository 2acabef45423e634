import { FAILURE_CLASS_NAMES, PRIORITIES } from "@waxwing/outbound";
import { HOLD_KINDS, RECIPIENT_STATES } from "@waxwing/store";
import { type TSchema, Type } from "typebox";
import { SAMPLE_EVENT, TimelineEvent } from "./event.ts";
import { ref } from "./ref.ts";
import { LATER_SAMPLE_TIME, SAMPLE_ID, SAMPLE_TIME } from "./samples.ts";

const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const instant = (description?: string) =>
  Type.String({ format: "date-time", ...(description !== undefined && { description }) });

const Mailbox = Type.Object({ email: Type.String(), name: Type.Optional(Type.String()) });

const Attempt = Type.Object({
  number: Type.Integer({ description: "From 1." }),
  outcome: Type.Enum(["delivered", "deferred", "bounced", "unknown"], { type: "string" }),
  started_at: instant(),
  duration_ms: Type.Integer(),
  host: nullable(Type.String({ description: "The server it was given to." })),
  remote_address: nullable(Type.String()),
  tls: nullable(Type.Object({ version: Type.String(), cipher: Type.String(), verified: Type.Boolean() })),
  tls_policy: nullable(
    Type.Object(
      { policy: Type.String(), source: Type.String(), verified: Type.Boolean(), reason: Type.String() },
      { description: "What TLS was asked for, by whom, and what came of it." },
    ),
  ),
  code: nullable(Type.Integer({ description: "SMTP reply code (RFC 5321)." })),
  enhanced_code: nullable(Type.String({ description: "Enhanced status code (RFC 3463)." })),
  reply: Type.String({ description: "The last words of the other side, or ours where there were none." }),
  rule: Type.String({ description: "The name of the rule that decided." }),
  class: nullable(
    Type.Enum([...FAILURE_CLASS_NAMES], {
      type: "string",
      description: "What a failure was about (docs/bounces.md).",
    }),
  ),
  sendgrid_class: nullable(Type.String({ description: "The same in SendGrid's terms." })),
  kumomta_class: nullable(Type.String({ description: "The same in KumoMTA's terms." })),
  scope: nullable(
    Type.Enum(["message", "recipient", "connection", "site"], {
      type: "string",
      description: "Whom a failure was about, and so who waits.",
    }),
  ),
  egress: nullable(Type.String({ description: "The egress source; null: the system's choice." })),
  conversation: nullable(
    Type.String({
      description:
        "What the servers said, the message itself cut. Kept for everything but successes at the first attempt on a busy worker.",
    }),
  ),
  advice: nullable(Type.String({ description: "What happened and what to do, in a sentence." })),
});

const Held = Type.Object(
  {
    kind: Type.Enum([...HOLD_KINDS], { type: "string" }),
    value: nullable(
      Type.String({ description: "Null for a site: how it is named is the operator's business." }),
    ),
    reason: nullable(Type.String({ description: "Null where it is the platform that holds it back." })),
    until: nullable(instant("Null: until it is resumed.")),
  },
  { description: "The hold it waits for (`/holds`)." },
);

const Recipient = Type.Object({
  id: Type.String(),
  email: Type.String(),
  role: Type.Enum(["to", "cc", "bcc", "envelope"], { type: "string", description: "`envelope`: by SMTP." }),
  state: Type.Enum([...RECIPIENT_STATES], { type: "string" }),
  held: nullable(Held),
  attempts: Type.Array(Attempt),
  advice: nullable(
    Type.String({
      description:
        "What happened and what to do, or what it is held for, in a sentence; null where nothing went wrong.",
    }),
  ),
  last_reply: nullable(Type.String()),
  next_attempt_at: nullable(instant()),
  updated_at: instant(),
});

/** A message with everything that is known of it. */
export const Message = Type.Object(
  {
    id: Type.String(),
    from: Mailbox,
    to: Type.Array(Mailbox),
    cc: Type.Array(Mailbox),
    subject: Type.String(),
    tags: Type.Array(Type.String()),
    metadata: Type.Unsafe<Readonly<Record<string, string>>>({
      type: "object",
      additionalProperties: { type: "string" },
    }),
    priority: Type.Enum([...PRIORITIES], { type: "string" }),
    accepted_at: instant(),
    send_at: nullable(instant("When it was to be sent; null for at once.")),
    recipients: Type.Array(Recipient),
    timeline: Type.Array(ref(TimelineEvent), {
      description: "Everything that happened to it, oldest first.",
    }),
  },
  {
    $id: "Message",
    examples: [
      {
        id: SAMPLE_ID.message,
        from: { email: "shop@waxwing.test", name: "Shop" },
        to: [{ email: "ann@example.test", name: "Ann" }],
        cc: [],
        subject: "Your order 42",
        tags: ["order-confirmation"],
        metadata: { order: "42" },
        priority: "standard",
        accepted_at: SAMPLE_TIME,
        send_at: null,
        recipients: [
          {
            id: `${SAMPLE_ID.message}.0`,
            email: "ann@example.test",
            role: "to",
            state: "delivered",
            held: null,
            attempts: [
              {
                number: 1,
                outcome: "delivered",
                started_at: SAMPLE_TIME,
                duration_ms: 210,
                host: "mx.example.test",
                remote_address: "192.0.2.25",
                tls: { version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", verified: true },
                tls_policy: null,
                code: 250,
                enhanced_code: "2.0.0",
                reply: "250 2.0.0 Ok",
                rule: "reply.2xx",
                class: null,
                sendgrid_class: null,
                kumomta_class: null,
                scope: null,
                egress: null,
                conversation:
                  "     1 ms * connected to 192.0.2.25 port 25\n    20 ms S: 220 mx.example.test ESMTP\n",
                advice: null,
              },
            ],
            advice: null,
            last_reply: "250 2.0.0 Ok",
            next_attempt_at: null,
            updated_at: LATER_SAMPLE_TIME,
          },
        ],
        timeline: [SAMPLE_EVENT],
      },
    ],
  },
);
