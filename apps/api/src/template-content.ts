import { createHash } from "node:crypto";
import type { TemplateVersion, TemplateVersionContent } from "@waxwing/store";
import { compileTemplate } from "@waxwing/templates";
import type { Static } from "typebox";
import type { FieldProblem } from "./problems.ts";
import type { TemplateVersionChange } from "./schemas/template.ts";
import { invalid } from "./validator.ts";

/** Test data is for trying out; it is not a place to store things. */
const MAX_TEST_DATA_BYTES = 65_536;

/**
 * What a version is to say: what was given, and for the rest what it said before.
 *
 * @throws ProblemError for sources that do not compile: every part's first problem, with line and column.
 */
export function readTemplateContent(
  given: Static<typeof TemplateVersionChange>,
  before?: TemplateVersion,
): TemplateVersionContent {
  const {
    name = before?.name ?? "",
    subject = before?.subject ?? null,
    html = before?.html ?? null,
    text = before?.text ?? null,
    strict = before?.strict ?? false,
    test_data: testData = before?.testData ?? {},
  } = given;
  const errors: FieldProblem[] = [];
  if (/\p{Cc}/u.test(name) || !name.isWellFormed())
    errors.push({ field: "name", message: "contains a control character" });
  if (!html && !text) errors.push({ field: "html", message: "or text is required" });
  const compiled = compileTemplate({ subject, html, text });
  if (compiled.kind === "invalid") {
    for (const { part, line, column, message } of compiled.problems) {
      errors.push({ field: part, message: `line ${line}, column ${column}: ${message}` });
    }
  }
  const problem = testDataProblem(testData);
  if (problem !== null) errors.push({ field: "test_data", message: problem });
  if (errors.length > 0) throw invalid(errors);
  return { name, subject, html, text, strict, testData, sourceHash: sourceHashOf({ subject, html, text }) };
}

/** What is wrong with variables to try a template with, or null. */
export function testDataProblem(testData: object): string | null {
  const json = jsonOf(testData);
  if (json === null) return "is nested too deeply";
  if (Buffer.byteLength(json) > MAX_TEST_DATA_BYTES)
    return `must have at most ${MAX_TEST_DATA_BYTES} bytes as JSON`;
  // PostgreSQL's jsonb takes neither.
  return json.includes("\\u0000") || /\\ud[89a-f]/i.test(json)
    ? "contains a NUL or half of a Unicode character"
    : null;
}

function jsonOf(value: object): string | null {
  try {
    return JSON.stringify(value);
  } catch (error) {
    // Nesting of some thousands takes up the stack.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** What a compiled copy of these sources is known by. */
export function sourceHashOf({
  subject,
  html,
  text,
}: Record<"subject" | "html" | "text", string | null>): string {
  return createHash("sha256")
    .update(JSON.stringify([subject, html, text]))
    .digest("hex");
}
