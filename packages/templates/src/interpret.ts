import { createEvaluator } from "./evaluate.ts";
import { type Frame, type Place, ROOT_PLACE } from "./frame.ts";
import { memberOf } from "./functions.ts";
import { templateLimits } from "./limits.ts";
import { printedText, subjectProblem } from "./print.ts";
import { RenderCutOff, type RenderProblem, type TemplatePart } from "./problem.ts";
import type { Instruction, Program } from "./program.ts";
import { isTruthy } from "./truth.ts";

/** What is left of the steps of a rendering; all its parts share it. */
export interface StepBudget {
  left: number;
}

/** How a part is rendered. */
export interface Rendering {
  readonly part: TemplatePart;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Whether a missing variable is a problem, rather than nothing. */
  readonly strict: boolean;
  readonly steps: StepBudget;
  readonly report: (problem: RenderProblem) => void;
}

/**
 * Carries a program out. No code is made from a template, nothing it names can be called but our own functions, and each step is
 * paid for before it is taken.
 *
 * @throws RenderCutOff when it takes more steps or makes more text than templates may.
 */
export function interpret(program: Program, rendering: Rendering): string {
  const { part, variables, steps, report } = rendering;
  let output = "";
  const spend = (count: number): void => {
    steps.left -= count;
    if (steps.left < 0) throw new RenderCutOff(`takes more than ${templateLimits.steps} steps to render`);
  };
  const evaluator = createEvaluator({ ...rendering, spend });

  const write = (text: string): void => {
    if (output.length + text.length > templateLimits.outputChars) throw tooMuch(part);
    output += text;
  };

  const run = (instructions: Program, frame: Frame): void => {
    for (const instruction of instructions) {
      spend(1);
      step(instruction, frame);
    }
  };

  const step = (instruction: Instruction, frame: Frame): void => {
    switch (instruction.kind) {
      case "text":
        write(instruction.text);
        break;
      case "print":
        print(instruction, frame);
        break;
      case "choose": {
        const value = evaluator.valueFor(instruction.test, frame);
        const chosen = isTruthy(value, instruction.includeZero) !== instruction.negated;
        run(chosen ? instruction.body : instruction.otherwise, frame);
        break;
      }
      case "each":
        loop(instruction, evaluator.wantedValueFor(instruction.value, frame), frame);
        break;
      case "with": {
        const value = evaluator.wantedValueFor(instruction.value, frame);
        if (isTruthy(value)) enter(instruction, value, frame);
        else run(instruction.otherwise, frame);
        break;
      }
      case "section": {
        const value = evaluator.valueFor(instruction.value, frame);
        if (Array.isArray(value)) loop(instruction, value, frame);
        else if (value === true) run(instruction.body, frame);
        else if (value === false || value === null || value === undefined) run(instruction.otherwise, frame);
        else enter(instruction, value, frame);
        break;
      }
    }
  };

  const print = ({ value: expression, escaped, at }: Print, frame: Frame): void => {
    const printed = printedText(evaluator.wantedValueFor(expression, frame), {
      escaped: part === "html" && escaped,
      maxChars: templateLimits.outputChars - output.length,
      spend,
    });
    switch (printed.kind) {
      case "text": {
        const problem = part === "subject" ? subjectProblem(printed.text) : undefined;
        if (problem === undefined) write(printed.text);
        else report(evaluator.problemAt(expression, frame, at, problem));
        break;
      }
      case "unprintable":
        report(evaluator.problemAt(expression, frame, at, printed.message));
        break;
      case "too-much":
        throw tooMuch(part);
    }
  };

  const loop = (block: Block, value: unknown, outer: Frame): void => {
    const isList = Array.isArray(value);
    const keys = !isList && typeof value === "object" && value !== null ? Object.keys(value) : [];
    const count = isList ? value.length : keys.length;
    if (count === 0) run(block.otherwise, outer);
    spend(count);
    const within = evaluator.placeOf(block.value, outer);
    for (let index = 0; index < count; index++) {
      const key = isList ? index : (keys[index] ?? "");
      const item: unknown = isList ? value[index] : memberOf(value, key.toString());
      const place = within === null ? null : { within, segments: [key] };
      run(block.body, {
        value: item,
        place,
        outer,
        params: named(block.params, item, place, key),
        loop: { index, key, first: index === 0, last: index === count - 1 },
      });
      // A turn costs more than a tag: it makes a frame.
      spend(2);
    }
  };

  const enter = (block: Block, value: unknown, outer: Frame): void => {
    const place = evaluator.placeOf(block.value, outer);
    run(block.body, { value, place, outer, params: named(block.params, value, place), loop: null });
  };

  run(program, { value: variables, place: ROOT_PLACE, outer: null, params: [], loop: null });
  return output;
}

type Print = Extract<Instruction, { kind: "print" }>;
type Block = Extract<Instruction, { kind: "each" | "with" | "section" }>;

const NOTHING_NAMED: Frame["params"] = [];

function named(
  [itemName, keyName]: readonly string[],
  value: unknown,
  place: Place | null,
  key?: string | number,
): Frame["params"] {
  if (itemName === undefined) return NOTHING_NAMED;
  const item = { name: itemName, value, place };
  return keyName === undefined ? [item] : [item, { name: keyName, value: key, place }];
}

function tooMuch(part: TemplatePart): RenderCutOff {
  return new RenderCutOff(`makes more than ${templateLimits.outputChars} characters of ${part}`);
}
