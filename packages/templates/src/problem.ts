/** The part of a message that a template makes. */
export type TemplatePart = "subject" | "html" | "text";

/** Where something stands in a part's source. Both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Why a source is not a template: the place, and in words what is wrong there and what was expected. */
export interface TemplateProblem extends Position {
  readonly part: TemplatePart;
  readonly message: string;
}

/** Why a template could not be rendered: a variable by its path, such as `variables.order.items[2].name`, or `template`. */
export interface RenderProblem {
  readonly field: string;
  readonly message: string;
}

/** Refuses a source while it is compiled; caught by {@link compileVersion}. */
export class SourceRefusal extends Error {
  override readonly name = "SourceRefusal";
  readonly position: Position;

  constructor(position: Position, message: string) {
    super(message);
    this.position = position;
  }
}

/** Ends a rendering that takes or makes too much; caught by {@link renderVersion}. */
export class RenderCutOff extends Error {
  override readonly name = "RenderCutOff";
}
