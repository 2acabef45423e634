import { SUPPRESSION_REASONS } from "@waxwing/store";
import { Type } from "typebox";

const closed = { additionalProperties: false } as const;
const orNull = (description: string) => Type.Union([Type.String(), Type.Null()], { description });
const MAX_INT = 2_147_483_647;

const SuppressionReason = Type.Enum([...SUPPRESSION_REASONS], {
  type: "string",
  description: "`blocked` is kept for show: it says that a message was refused, and keeps nothing back.",
});

/** An unsubscribe group in a request. */
const GroupNumber = Type.Integer({ minimum: 1, maximum: MAX_INT, description: "An unsubscribe group." });

const group = Type.Union([Type.Integer(), Type.Null()], {
  description: "The unsubscribe group that was left; null: all mail.",
});
const expiresAt = Type.Union([Type.String({ format: "date-time" }), Type.Null()], {
  description: "From then on it no longer counts; null: until it is deleted.",
});

const SAMPLE = {
  address: "ann@example.test",
  reason: "bounced",
  group: null,
  status: "5.1.1",
  detail: "550 5.1.1 no such user",
  message_id: "01a20722-6c3c-747d-b457-b595ee7071aa",
  expires_at: null,
  created_at: "2026-11-23T08:30:00.000Z",
};

/** A page of suppressions. */
export const SuppressionPage = Type.Object(
  {
    suppressions: Type.Array(
      Type.Object({
        address: Type.String(),
        reason: SuppressionReason,
        group,
        status: orNull("The enhanced status code of a bounce (RFC 3463)."),
        detail: orNull("Such as the reply that bounced it."),
        message_id: orNull("The message that it came of."),
        expires_at: expiresAt,
        created_at: Type.String({ format: "date-time" }),
      }),
    ),
    next: orNull("Pass it as `cursor` for more; null: these were the last."),
  },
  { description: "By address.", examples: [{ suppressions: [SAMPLE], next: null }] },
);

/** The query of `GET /suppressions`. */
export const SuppressionQuery = Type.Object(
  {
    address: Type.Optional(Type.String({ maxLength: 320, description: "This one only." })),
    reason: Type.Optional(SuppressionReason),
    group: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MAX_INT,
        description: "An unsubscribe group; 0: those of all mail.",
      }),
    ),
    cursor: Type.Optional(Type.String({ maxLength: 1_000, description: "The `next` of an earlier answer." })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
  },
  closed,
);

/** The query of `DELETE /suppressions/:address`. */
export const SuppressionDeletion = Type.Pick(SuppressionQuery, ["reason", "group"], closed);

/** The body of `POST /suppressions`. */
export const SuppressionRequest = Type.Object(
  {
    address: Type.String(),
    reason: Type.Optional(SuppressionReason),
    group: Type.Optional(GroupNumber),
    expires_at: Type.Optional(
      Type.String({ format: "date-time", description: "ISO 8601 with offset; never when absent." }),
    ),
  },
  { ...closed, examples: [{ address: "ann@example.test", reason: "unsubscribed" }] },
);

/** What was suppressed. */
export const NewSuppressionAnswer = Type.Object(
  { address: Type.String(), reason: SuppressionReason, group, expires_at: expiresAt },
  {
    description: "Suppressed.",
    examples: [{ address: "ann@example.test", reason: "unsubscribed", group: null, expires_at: null }],
  },
);
