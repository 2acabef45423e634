import { compileSource } from "./compile.ts";
import { interpret, type StepBudget } from "./interpret.ts";
import { templateLimits } from "./limits.ts";
import {
  RenderCutOff,
  type RenderProblem,
  SourceRefusal,
  type TemplatePart,
  type TemplateProblem,
} from "./problem.ts";
import type { Program } from "./program.ts";

/** The sources of a template. A part that is absent or null is not made. */
export interface TemplateSources {
  readonly subject?: string | null | undefined;
  readonly html?: string | null | undefined;
  readonly text?: string | null | undefined;
}

/** A template that is ready to be rendered any number of times. */
export interface CompiledTemplate {
  readonly programs: ReadonlyMap<TemplatePart, Program>;
}

const PARTS = ["subject", "html", "text"] as const satisfies readonly TemplatePart[];

/**
 * Compiles the parts of a template. `invalid` has the first problem of each part that has one.
 *
 * The language is Handlebars with SendGrid's functions (docs/templates.md). Takes at most some 100 ms for each part, whatever it
 * holds.
 */
export function compileTemplate(
  sources: TemplateSources,
):
  | { readonly kind: "compiled"; readonly template: CompiledTemplate }
  | { readonly kind: "invalid"; readonly problems: readonly TemplateProblem[] } {
  const programs = new Map<TemplatePart, Program>();
  const problems: TemplateProblem[] = [];
  for (const part of PARTS) {
    const source = sources[part];
    if (source === undefined || source === null) continue;
    try {
      checkSource(source, part);
      programs.set(part, compileSource(source));
    } catch (error) {
      if (!(error instanceof SourceRefusal)) throw error;
      problems.push({ part, ...error.position, message: error.message });
    }
  }
  return problems.length > 0 ? { kind: "invalid", problems } : { kind: "compiled", template: { programs } };
}

function checkSource(source: string, part: TemplatePart): void {
  const limit = part === "subject" ? templateLimits.subjectChars : templateLimits.sourceChars;
  if (source.length > limit)
    throw new SourceRefusal({ line: 1, column: 1 }, `is over ${limit} characters long`);
  if (source.includes("\0") || !source.isWellFormed()) {
    throw new SourceRefusal({ line: 1, column: 1 }, "contains a NUL or half of a Unicode character");
  }
  const breakAt = part === "subject" ? source.search(/[\r\n]/) : -1;
  if (breakAt !== -1) {
    throw new SourceRefusal(
      { line: 1, column: breakAt + 1 },
      "contains a line break, which a subject cannot have",
    );
  }
}

/** What came of a rendering. `steps` is what it took, of `templateLimits.steps`. */
export type RenderedTemplate =
  | {
      readonly kind: "rendered";
      readonly subject?: string;
      readonly html?: string;
      readonly text?: string;
      readonly steps: number;
    }
  | { readonly kind: "invalid"; readonly errors: readonly RenderProblem[]; readonly steps: number };

/**
 * Renders all parts. html is escaped, except in `{{{ }}}`; subject and text are not. `invalid` has every problem found, at most
 * 100, each with the variable and its place in the source.
 *
 * @param variables what came from JSON: only own members are ever looked at
 * @param options.strict whether a missing variable is a problem, rather than nothing
 */
export function renderTemplate(
  template: CompiledTemplate,
  variables: Readonly<Record<string, unknown>>,
  options: { readonly strict: boolean },
): RenderedTemplate {
  const steps: StepBudget = { left: templateLimits.steps };
  const errors: RenderProblem[] = [];
  const report = (problem: RenderProblem): void => {
    errors.push(problem);
    if (errors.length >= templateLimits.problems) throw new RenderCutOff("has too many problems");
  };
  const parts: { -readonly [Part in TemplatePart]?: string } = {};
  try {
    for (const [part, program] of template.programs) {
      parts[part] = interpret(program, { part, variables, strict: options.strict, steps, report });
    }
  } catch (error) {
    if (!(error instanceof RenderCutOff)) throw error;
    if (errors.length < templateLimits.problems) errors.push({ field: "template", message: error.message });
  }
  const taken = templateLimits.steps - Math.max(0, steps.left);
  return errors.length > 0
    ? { kind: "invalid", errors, steps: taken }
    : { kind: "rendered", ...parts, steps: taken };
}
