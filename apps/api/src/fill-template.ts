import type { RenderStoredTemplate, SubmissionBody } from "@waxwing/outbound";
import type { Static } from "typebox";
import type { FieldProblem } from "./problems.ts";
import type { SendRequest } from "./schemas/send.ts";

/** A message whose parts are all there, or stand-ins for those that `errors` says are missing. */
interface FilledBody {
  readonly body: SubmissionBody;
  readonly errors: readonly FieldProblem[];
}

/** Makes subject, html and text from the template that a message names; leaves one without a template as it is. */
export async function fillTemplate(
  request: Static<typeof SendRequest>,
  projectId: string,
  render: RenderStoredTemplate,
): Promise<FilledBody> {
  const { template, variables, subject, ...rest } = request;
  if (template === undefined) {
    const errors: FieldProblem[] = [];
    if (subject === undefined)
      errors.push({ field: "subject", message: "is required, unless there is a template" });
    if (variables !== undefined) errors.push({ field: "variables", message: "need a template" });
    return { body: { ...rest, subject: subject ?? "" }, errors };
  }
  const errors: FieldProblem[] = (["html", "text"] as const)
    .filter((field) => request[field] !== undefined)
    .map((field) => ({ field, message: "cannot be given beside a template, which makes it" }));
  const rendering = await render(projectId, template, variables ?? {});
  if (rendering.kind === "invalid") {
    return {
      body: { ...rest, subject: subject ?? "", text: STAND_IN },
      errors: [...errors, ...rendering.errors],
    };
  }
  const { html, text } = rendering;
  const made = subject ?? rendering.subject;
  if (made === undefined) errors.push({ field: "subject", message: "is required: the template has none" });
  return {
    body: {
      ...rest,
      subject: made ?? "",
      ...(html !== undefined && { html }),
      ...(text !== undefined && { text }),
    },
    errors,
  };
}

/** The other fields are read all the same, so that all that is wrong is told at once. */
const STAND_IN = ".";
