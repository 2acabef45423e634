import { RECIPIENT_STATES } from "@waxwing/store";
import { Type } from "typebox";
import { LATER_SAMPLE_TIME, SAMPLE_ID } from "./samples.ts";

/** The body of `PATCH /messages/:id`. */
export const Reschedule = Type.Object(
  {
    send_at: Type.String({
      format: "date-time",
      description: "ISO 8601 with offset, at most 72 hours ahead. A time that has passed means now.",
    }),
  },
  { additionalProperties: false, examples: [{ send_at: "2026-12-24T18:00:00+01:00" }] },
);

/** The answer of `PATCH /messages/:id`. */
export const Rescheduled = Type.Object(
  { id: Type.String(), send_at: Type.String({ format: "date-time" }) },
  { description: "Moved.", examples: [{ id: SAMPLE_ID.message, send_at: LATER_SAMPLE_TIME }] },
);

/** The answer of `POST /messages/:id/cancel`. */
export const Cancellation = Type.Object(
  {
    id: Type.String(),
    cancelled: Type.Integer({ description: "How many recipients this request cancelled." }),
    recipients: Type.Array(
      Type.Object({
        id: Type.String(),
        email: Type.String(),
        state: Type.Enum([...RECIPIENT_STATES], {
          type: "string",
          description:
            "`sending`: being delivered at this moment and left alone; ask again to see what came of it.",
        }),
      }),
      { description: "All recipients of the message, as they are now." },
    ),
  },
  {
    description: "What waited is cancelled; what did not is as it was.",
    examples: [
      {
        id: SAMPLE_ID.message,
        cancelled: 1,
        recipients: [{ id: `${SAMPLE_ID.message}.0`, email: "ann@example.test", state: "cancelled" }],
      },
    ],
  },
);
