import { type Frame, fieldOf, frameAbove, loopAbove, type Place, paramNamed, ROOT_PLACE } from "./frame.ts";
import { FUNCTIONS, memberOf } from "./functions.ts";
import type { Position, RenderProblem, TemplatePart } from "./problem.ts";
import type { Expression } from "./program.ts";

type Path = Extract<Expression, { kind: "path" }>;
type Call = Extract<Expression, { kind: "call" }>;

/** Finds values for expressions, and names for values. */
export interface Evaluator {
  /** The value, where it may be missing. */
  readonly valueFor: (expression: Expression, frame: Frame) => unknown;
  /** The value, where it should be there: when variables are strict, a missing one is reported. */
  readonly wantedValueFor: (expression: Expression, frame: Frame) => unknown;
  /** Where the value came from; null for what no variable holds. */
  readonly placeOf: (expression: Expression, frame: Frame) => Place | null;
  readonly problemAt: (expression: Expression, frame: Frame, at: Position, message: string) => RenderProblem;
}

export function createEvaluator(options: {
  readonly part: TemplatePart;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly strict: boolean;
  readonly spend: (steps: number) => void;
  readonly report: (problem: RenderProblem) => void;
}): Evaluator {
  const { part, variables, strict, spend, report } = options;

  const valueFor = (expression: Expression, frame: Frame): unknown => {
    switch (expression.kind) {
      case "literal":
        return expression.value;
      case "path":
        return pathValue(expression, frame);
      case "loop":
        return loopAbove(frame, expression.up)?.[expression.name];
      case "call":
        return callValue(expression, frame);
    }
  };

  const pathValue = ({ from, segments }: Path, frame: Frame): unknown => {
    let value = baseValue(from, frame);
    spend(segments.length);
    for (const segment of segments) value = memberOf(value, segment);
    return value;
  };

  const baseValue = (from: Path["from"], frame: Frame): unknown => {
    switch (from.kind) {
      case "root":
        return variables;
      case "param":
        return paramNamed(frame, from.name)?.value;
      case "context":
        return from.up === 0 ? frame.value : frameAbove(frame, from.up)?.value;
    }
  };

  const callValue = (call: Call, frame: Frame): unknown => {
    const called = FUNCTIONS[call.name];
    spend(1 + call.args.length);
    const args = call.args.map((arg) =>
      called.takesMissing ? valueFor(arg, frame) : wantedValueFor(arg, frame),
    );
    return called.run(args, spend, (index, message) => {
      report(problemAt(call.args[index] ?? call, frame, call.at, message));
    });
  };

  const wantedValueFor = (expression: Expression, frame: Frame): unknown => {
    const value = valueFor(expression, frame);
    // What a call lacks, it has reported by itself.
    if (value === undefined && strict && (expression.kind === "path" || expression.kind === "loop")) {
      report(problemAt(expression, frame, expression.at, "is missing"));
    }
    return value;
  };

  const placeOf = (expression: Expression, frame: Frame): Place | null => {
    if (expression.kind !== "path") return null;
    const within = basePlace(expression.from, frame);
    return within === null ? null : { within, segments: expression.segments };
  };

  const basePlace = (from: Path["from"], frame: Frame): Place | null => {
    switch (from.kind) {
      case "root":
        return ROOT_PLACE;
      case "param":
        return paramNamed(frame, from.name)?.place ?? null;
      case "context":
        return frameAbove(frame, from.up)?.place ?? null;
    }
  };

  const problemAt = (expression: Expression, frame: Frame, at: Position, message: string): RenderProblem => {
    const variable =
      expression.kind === "call"
        ? (expression.args.find(({ kind }) => kind === "path") ?? expression)
        : expression;
    const place = placeOf(variable, frame);
    return {
      field: place === null ? "template" : fieldOf(place),
      message: `${message} (${part}, line ${at.line}, column ${at.column})`,
    };
  };

  return { valueFor, wantedValueFor, placeOf, problemAt };
}
