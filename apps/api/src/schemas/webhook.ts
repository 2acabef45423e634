import { EVENT_TYPES } from "@waxwing/events";
import { Type } from "typebox";
import { ref } from "./ref.ts";

/** The body of `POST /webhooks`. */
export const WebhookRequest = Type.Object(
  {
    url: Type.String({ description: "Where events are posted: http or https, without user and password." }),
    events: Type.Optional(
      Type.Array(Type.Enum([...EVENT_TYPES], { type: "string" }), {
        maxItems: EVENT_TYPES.length,
        description: "The event types wanted; all when absent or empty.",
      }),
    ),
  },
  { additionalProperties: false },
);

const fields = {
  id: Type.String(),
  url: Type.String(),
  events: Type.Array(Type.String(), { description: "Empty: all." }),
  enabled: Type.Boolean(),
  created_at: Type.String({ format: "date-time" }),
};

/** A webhook. */
export const Webhook = Type.Object(fields, { $id: "Webhook" });

/** A webhook that was just made. */
export const NewWebhook = Type.Object(
  {
    ...fields,
    secret: Type.String({
      description: "`whsec_<base64>`, the key of the signatures (Standard Webhooks). Shown this once.",
    }),
  },
  { description: "Created." },
);

/** All webhooks of a project. */
export const WebhookList = Type.Object(
  { webhooks: Type.Array(ref(Webhook)) },
  { description: "All of them, oldest first." },
);
