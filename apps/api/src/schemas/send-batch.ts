import { Type } from "typebox";
import { Problem } from "./problem.ts";
import { ref } from "./ref.ts";
import { SendAnswer } from "./send.ts";

/** The body of `POST /send/batch`. Its items are checked one by one, so that one that is wrong is refused alone. */
export const SendBatchRequest = Type.Array(
  Type.Unsafe<unknown>({ description: "What `POST /send` takes as its body." }),
  { minItems: 1, maxItems: 1_000 },
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
  { description: "What became of each item." },
);
