import { EVENT_TYPES, SENDGRID_EVENTS } from "@waxwing/events";
import { Type } from "typebox";
import { ref } from "./ref.ts";
import { SAMPLE_ID, SAMPLE_TIME } from "./samples.ts";

const url = Type.String({
  description: "Where events are posted: http or https, without user and password.",
});
const events = Type.Array(Type.String({ maxLength: 40 }), {
  maxItems: 50,
  description: `The event types wanted; all when empty. In the format \`waxwing\` some of: ${EVENT_TYPES.join(", ")}. In the format \`sendgrid\` some of: ${SENDGRID_EVENTS.join(", ")}.`,
});
const name = Type.Union([Type.String({ maxLength: 200 }), Type.Null()], {
  description: "For people.",
});

const retryHours = Type.Integer({
  minimum: 1,
  maximum: 720,
  description: "How long an event that the endpoint does not take is tried again; 24 when absent.",
});
const disableAfterHours = Type.Integer({
  minimum: 1,
  maximum: 2_160,
  description:
    "A webhook whose endpoint has taken nothing for so long, although it was asked, is disabled; 120 when absent.",
});

/** The body of `POST /webhooks`. */
export const WebhookRequest = Type.Object(
  {
    url,
    events: Type.Optional(events),
    format: Type.Optional(
      Type.Enum(["waxwing", "sendgrid"], {
        type: "string",
        description: "`waxwing`: a post per event, Standard Webhooks. `sendgrid`: SendGrid's Event Webhook.",
        default: "waxwing",
      }),
    ),
    name: Type.Optional(name),
    retry_hours: Type.Optional(retryHours),
    disable_after_hours: Type.Optional(disableAfterHours),
  },
  {
    additionalProperties: false,
    examples: [{ url: "https://shop.example.test/hooks/waxwing", events: ["delivered", "bounced"] }],
  },
);

/** The body of `PATCH /webhooks/:id`. */
export const WebhookPatch = Type.Object(
  {
    url: Type.Optional(url),
    events: Type.Optional(events),
    name: Type.Optional(name),
    enabled: Type.Optional(Type.Boolean()),
    retry_hours: Type.Optional(retryHours),
    disable_after_hours: Type.Optional(disableAfterHours),
  },
  { additionalProperties: false, examples: [{ enabled: false }] },
);

const instantOrNull = (description: string) =>
  Type.Union([Type.String({ format: "date-time" }), Type.Null()], { description });

const fields = {
  id: Type.String(),
  url: Type.String(),
  format: Type.Enum(["waxwing", "sendgrid"], { type: "string" }),
  name: Type.Union([Type.String(), Type.Null()]),
  events: Type.Array(Type.String(), { description: "Empty: all." }),
  enabled: Type.Boolean(),
  disabled_at: instantOrNull("When it was disabled."),
  disabled_reason: Type.Union([Type.String(), Type.Null()], {
    description:
      "`requested`; `gone`: its endpoint answered 410; `failing`: its endpoint took nothing for `disable_after_hours`. null while it is enabled.",
  }),
  failing_since: instantOrNull(
    "The first failure since the last success; a failure after 30 hours without any counts as the first.",
  ),
  retry_hours: Type.Integer(),
  disable_after_hours: Type.Integer(),
  previous_secret_until: instantOrNull("So long posts are signed with the secret before this one, too."),
  replaying: Type.Boolean({ description: "It is being told once more what it was told before." }),
  public_key: Type.Union([Type.String(), Type.Null()], {
    description:
      "ECDSA P-256 key that signatures in SendGrid's format are verified with: SPKI in DER, base64.",
  }),
  created_at: Type.String({ format: "date-time" }),
};

const SAMPLE_WEBHOOK = {
  id: SAMPLE_ID.webhook,
  url: "https://shop.example.test/hooks/waxwing",
  format: "waxwing",
  name: null,
  events: ["delivered", "bounced"],
  enabled: true,
  disabled_at: null,
  disabled_reason: null,
  failing_since: null,
  retry_hours: 24,
  disable_after_hours: 120,
  previous_secret_until: null,
  replaying: false,
  public_key: null,
  created_at: SAMPLE_TIME,
};

/** A webhook. */
export const Webhook = Type.Object(fields, { $id: "Webhook", examples: [SAMPLE_WEBHOOK] });

/** A webhook that was just made. */
export const NewWebhook = Type.Object(
  {
    ...fields,
    secret: Type.Optional(
      Type.String({
        description:
          "`whsec_<base64>`, the key of the signatures (Standard Webhooks). Shown this once; not in the format `sendgrid`.",
      }),
    ),
  },
  { description: "Created.", examples: [{ ...SAMPLE_WEBHOOK, secret: `whsec_${"x".repeat(43)}=` }] },
);

/** The body of `POST /webhooks/:id/rotate-secret`. */
export const SecretRotation = Type.Object(
  {
    overlap_hours: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 720,
        default: 24,
        description: "How long posts are signed with the secret of now, too.",
      }),
    ),
  },
  { additionalProperties: false, examples: [{ overlap_hours: 48 }] },
);

/** All webhooks of a project. */
export const WebhookList = Type.Object(
  { webhooks: Type.Array(ref(Webhook)) },
  { description: "All of them, oldest first.", examples: [{ webhooks: [SAMPLE_WEBHOOK] }] },
);
