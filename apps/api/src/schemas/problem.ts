import { Type } from "typebox";
import { PROBLEM_CONTENT_TYPE, PROBLEMS, type ProblemCode } from "../problems.ts";
import { ref } from "./ref.ts";

/** RFC 9457. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: "`urn:waxwing:problem:<code>`; the codes are in docs/errors.md." }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: "What was wrong this time, for people." }),
    instance: Type.Optional(
      Type.String({ description: "Names the incident in the server's log; with 5xx only." }),
    ),
    errors: Type.Array(Type.Object({ field: Type.String(), message: Type.String() }), {
      description: "Every field that is wrong, by its path in the request; at most 100.",
    }),
  },
  { $id: "Problem" },
);

/** The refusals of a guarded route. */
const ALWAYS = [
  "unauthorized",
  "missing-scope",
  "address-not-allowed",
  "rate-limited",
  "internal-error",
  "unavailable",
] as const;

/** The `response` entries of a guarded route for the problems it can answer with, beside those of every such route. */
export function refusals(...codes: readonly ProblemCode[]): Record<string, unknown> {
  return problemAnswers(...codes, ...ALWAYS);
}

/** The `response` entries of a route for the problems it can answer with. */
export function problemAnswers(...codes: readonly ProblemCode[]): Record<string, unknown> {
  const byStatus = new Map<number, string[]>();
  for (const code of codes) {
    const { status, title } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), `\`${code}\`: ${title}.`]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, descriptions]) => [
      status,
      { description: descriptions.join(" "), content: { [PROBLEM_CONTENT_TYPE]: { schema: ref(Problem) } } },
    ]),
  );
}
