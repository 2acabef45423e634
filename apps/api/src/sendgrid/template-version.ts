import { textFromHtml } from "@waxwing/outbound";
import type { Template, TemplateVersion, TemplateVersionContent } from "@waxwing/store";
import { compileTemplate, templateLimits } from "@waxwing/templates";
import { type Static, Type } from "typebox";
import { sourceHashOf, testDataProblem } from "../template-content.ts";
import { hasControlCharacter } from "../unsubscribe-group.ts";
import { SendgridError, type SendgridProblem } from "./errors.ts";

const content = {
  subject: Type.Optional(Type.String({ maxLength: templateLimits.subjectChars })),
  html_content: Type.Optional(Type.String({ maxLength: templateLimits.sourceChars })),
  plain_content: Type.Optional(Type.String({ maxLength: templateLimits.sourceChars })),
  generate_plain_content: Type.Optional(Type.Boolean()),
  editor: Type.Optional(Type.Enum(["code", "design"], { type: "string" })),
  test_data: Type.Optional(Type.String()),
  active: Type.Optional(Type.Integer({ minimum: 0, maximum: 1 })),
};
const name = Type.String({ minLength: 1, maxLength: 100 });

/** The body of `POST /v3/templates/:id/versions`. */
export const NewVersion = Type.Object({ name, ...content });
/** The body of `PATCH /v3/templates/:id/versions/:version`. */
export const VersionChange = Type.Object({ name: Type.Optional(name), ...content });

/** Far beyond what is stored: what is longer is not even parsed. */
const MAX_TEST_DATA_CHARS = 262_144;

const FIELDS = { subject: "subject", html: "html_content", text: "plain_content" } as const;

/**
 * What a version is to say: what was given, and for the rest what it said before. A dynamic template's sources must compile; a
 * legacy one's are filled in by substitution and may say anything.
 *
 * @throws SendgridError naming everything that is wrong
 */
export function readVersion(
  given: Static<typeof VersionChange>,
  generation: Template["generation"],
  before?: TemplateVersion,
): TemplateVersionContent {
  const errors: SendgridProblem[] = [];
  const report = (field: string, message: string): void => {
    errors.push({ field, message: `${field} ${message}`, help: null });
  };
  const named = given.name ?? before?.name ?? "";
  if (hasControlCharacter(named)) report("name", "contains a control character");
  const subject = given.subject === undefined ? (before?.subject ?? null) : orNull(given.subject);
  const html = given.html_content === undefined ? (before?.html ?? null) : orNull(given.html_content);
  const text = readText(given, before);
  const generateText = given.generate_plain_content ?? before?.generateText ?? true;
  if (generation === "dynamic") {
    const compiled = compileTemplate({ subject, html, text });
    const problems = compiled.kind === "invalid" ? compiled.problems : [];
    for (const { part, line, column, message } of problems)
      report(FIELDS[part], `line ${line}, column ${column}: ${message}`);
  } else {
    for (const [part, source] of Object.entries({ subject, html, text })) {
      if (source !== null && (source.includes("\0") || !source.isWellFormed()))
        report(FIELDS[part as keyof typeof FIELDS], "contains a NUL or half of a Unicode character");
    }
    if (/[\r\n]/.test(subject ?? "")) report("subject", "contains a line break");
  }
  const testData = readTestData(given.test_data) ?? before?.testData ?? {};
  const problem = typeof testData === "string" ? testData : testDataProblem(testData);
  if (problem !== null) report("test_data", problem);
  if (errors.length > 0 || typeof testData === "string") throw new SendgridError(400, errors);
  return {
    name: named,
    subject,
    html,
    text,
    generateText,
    editor: given.editor ?? before?.editor ?? "code",
    strict: before?.strict ?? false,
    testData,
    sourceHash: sourceHashOf({ subject, html, text }),
  };
}

/**
 * The text as it is written; null where it is made from the html while sending. Asked to generate it, SendGrid takes no other; a text
 * that comes without being asked is kept. When generating ends, what was made last stays.
 */
function readText(given: Static<typeof VersionChange>, before: TemplateVersion | undefined): string | null {
  const { generate_plain_content: generate, html_content: html, plain_content: plain } = given;
  if (generate === true && (html ?? before?.html ?? "") !== "") return null;
  if (plain !== undefined) return orNull(plain);
  if (before === undefined) return null;
  const made = before.generateText && before.html !== null ? textFromHtml(before.html) : undefined;
  return before.text ?? (generate === false ? (made ?? null) : null);
}

/** Variables from JSON in a string; undefined when there is none, a text when it is wrong. */
function readTestData(json: string | undefined): Readonly<Record<string, unknown>> | string | undefined {
  if (json === undefined) return undefined;
  if (json.trim() === "") return {};
  if (json.length > MAX_TEST_DATA_CHARS) return "is too long";
  try {
    // A key `__proto__` becomes a member like any other, and only own members are ever looked at.
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : "must be an object in JSON";
  } catch {
    return "must be an object in JSON";
  }
}

function orNull(text: string): string | null {
  return text === "" ? null : text;
}
