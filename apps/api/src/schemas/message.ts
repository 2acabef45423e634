import { PRIORITIES } from "@waxwing/outbound";
import { RECIPIENT_STATES } from "@waxwing/store";
import { type TSchema, Type } from "typebox";
import { TimelineEvent } from "./event.ts";
import { ref } from "./ref.ts";

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
  code: nullable(Type.Integer({ description: "SMTP reply code (RFC 5321)." })),
  enhanced_code: nullable(Type.String({ description: "Enhanced status code (RFC 3463)." })),
  reply: Type.String({ description: "The last words of the other side, or ours where there were none." }),
  rule: Type.String({ description: "What decided." }),
});

const Recipient = Type.Object({
  id: Type.String(),
  email: Type.String(),
  role: Type.Enum(["to", "cc", "bcc", "envelope"], { type: "string", description: "`envelope`: by SMTP." }),
  state: Type.Enum([...RECIPIENT_STATES], { type: "string" }),
  attempts: Type.Array(Attempt),
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
  { $id: "Message" },
);
