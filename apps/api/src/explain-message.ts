import { type RenderStoredTemplate, readSubmission, type Submitter } from "@waxwing/outbound";
import type { Clock } from "@waxwing/runtime";
import type { CheckGroup } from "./check-group.ts";
import { fillTemplate } from "./fill-template.ts";
import type { ProblemError } from "./problems.ts";
import { SendRequest } from "./schemas/send.ts";
import { createChecker, invalid } from "./validator.ts";

/**
 * Completes the refusal of a message that does not fit its schema: the fields that do fit are read all the same, so that one answer
 * names everything that is wrong.
 */
export type ExplainMessage = (
  refusal: ProblemError,
  body: unknown,
  submitter: Submitter,
) => Promise<ProblemError>;

/** More problems than this help nobody. */
const MAX_PROBLEMS = 100;
/** Stands in where a field is missing or broken, which the refusal says already. */
const STAND_IN_MAILBOX = "stand-in@waxwing.invalid";
const STAND_IN_TEXT = ".";

export function createExplainer(options: {
  readonly checkGroup: CheckGroup;
  readonly renderTemplate: RenderStoredTemplate;
  readonly clock: Clock;
}): ExplainMessage {
  const { checkGroup, renderTemplate, clock } = options;
  const check = createChecker(SendRequest);
  return async (refusal, body, submitter) => {
    if (typeof body !== "object" || body === null || Array.isArray(body)) return refusal;
    const broken = new Set(refusal.errors.map(({ field }) => topLevel(field)));
    // Values for a template that cannot be named have nothing to be checked against.
    if (broken.has("template")) broken.add("variables");
    const checked = check({ ...standIns(broken), ...Object.fromEntries(intact(body, broken)) });
    if (checked.kind === "invalid") return refusal;
    const filled = await fillTemplate(checked.value, submitter.projectId, renderTemplate);
    const reading = readSubmission(filled.body, submitter, clock.now());
    const groupErrors = await checkGroup(checked.value, submitter.projectId);
    const found = [...filled.errors, ...groupErrors, ...(reading.kind === "invalid" ? reading.errors : [])];
    const more = found.filter(({ field }) => !broken.has(topLevel(field)));
    return more.length === 0 ? refusal : invalid([...refusal.errors, ...more].slice(0, MAX_PROBLEMS));
  };
}

function intact(body: object, broken: ReadonlySet<string>): [string, unknown][] {
  return Object.entries(body).filter(([name]) => !broken.has(name));
}

function standIns(broken: ReadonlySet<string>): Record<string, unknown> {
  const needsText = ["text", "html", "attachments", "template"].some((field) => broken.has(field));
  const needsSubject = ["subject", "template"].some((field) => broken.has(field));
  return {
    from: STAND_IN_MAILBOX,
    to: STAND_IN_MAILBOX,
    ...(needsText && { text: STAND_IN_TEXT }),
    ...(needsSubject && { subject: STAND_IN_TEXT }),
  };
}

/** `to` of `to[1].email`. */
const topLevel = (field: string): string => /^[^.[]*/.exec(field)?.[0] ?? field;
