import { RECIPIENT_STATES } from "@waxwing/store";
import { Type } from "typebox";

/** The body of `PATCH /messages/:id`. */
export const Reschedule = Type.Object(
  {
    send_at: Type.String({
      format: "date-time",
      description: "ISO 8601 with offset, at most 72 hours ahead. A time that has passed means now.",
    }),
  },
  { additionalProperties: false },
);

/** The answer of `PATCH /messages/:id`. */
export const Rescheduled = Type.Object(
  { id: Type.String(), send_at: Type.String({ format: "date-time" }) },
  { description: "Moved." },
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
  { description: "What waited is cancelled; what did not is as it was." },
);
