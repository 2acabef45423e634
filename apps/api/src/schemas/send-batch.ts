import { Type } from "typebox";
import { Problem } from "./problem.ts";
import { ref } from "./ref.ts";
import { SAMPLE_ID, SAMPLE_MESSAGE, SAMPLE_RECIPIENTS } from "./samples.ts";
import { SendAnswer } from "./send.ts";

/** The body of `POST /send/batch`. Its items are checked one by one, so that one that is wrong is refused alone. */
export const SendBatchRequest = Type.Array(
  // In the description, the body of `POST /send`.
  Type.Unsafe<unknown>({ title: "SendRequest" }),
  {
    minItems: 1,
    maxItems: 1_000,
    examples: [
      [SAMPLE_MESSAGE, { ...SAMPLE_MESSAGE, to: "Bob <bob@example.test>", metadata: { order: "43" } }],
    ],
  },
);

/** What became of an item. */
export const BatchResult = Type.Object({
  status: Type.Integer({ description: "What `POST /send` would have answered: 202 when it was taken." }),
  id: Type.Optional(SendAnswer.properties.id),
  recipients: Type.Optional(SendAnswer.properties.recipients),
  problem: Type.Optional(ref(Problem)),
});

/** The answer of `POST /send/batch`. */
export const BatchAnswer = Type.Object(
  { results: Type.Array(BatchResult, { description: "One per item, in order." }) },
  {
    description: "What became of each item.",
    examples: [
      {
        results: [
          { status: 202, id: SAMPLE_ID.message, recipients: SAMPLE_RECIPIENTS },
          {
            status: 400,
            problem: {
              type: "urn:waxwing:problem:invalid-request",
              title: "The request is not valid",
              status: 400,
              detail: "to has no @",
              errors: [{ field: "to", message: "has no @" }],
            },
          },
        ],
      },
    ],
  },
);
