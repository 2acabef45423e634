import type { FunctionName } from "./functions.ts";
import type { Position } from "./problem.ts";

/** What a value is made from. `at` is where it stands in the source, `spelled` how. */
export type Expression =
  | { readonly kind: "literal"; readonly value: string | number | boolean | null | undefined }
  | {
      readonly kind: "path";
      /** What the path starts from: the context `up` levels out, the variables as a whole, or a name given by `as |name|`. */
      readonly from:
        | { readonly kind: "context"; readonly up: number }
        | { readonly kind: "root" }
        | { readonly kind: "param"; readonly name: string };
      readonly segments: readonly string[];
      readonly at: Position;
    }
  | { readonly kind: "loop"; readonly name: LoopName; readonly up: number; readonly at: Position }
  | {
      readonly kind: "call";
      readonly name: FunctionName;
      readonly args: readonly Expression[];
      readonly at: Position;
    };

/** What a loop tells of itself: `@index` and so on. */
export const LOOP_NAMES = ["index", "key", "first", "last"] as const;
type LoopName = (typeof LOOP_NAMES)[number];

/** A block whose body sees another context. */
interface Scoped {
  readonly value: Expression;
  /** The names of `as |item key|`. */
  readonly params: readonly string[];
  readonly body: Program;
  readonly otherwise: Program;
}

/** A template, compiled: what it does, in order. */
export type Program = readonly Instruction[];

export type Instruction =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "print"; readonly value: Expression; readonly escaped: boolean; readonly at: Position }
  | {
      readonly kind: "choose";
      readonly test: Expression;
      readonly negated: boolean;
      readonly includeZero: boolean;
      readonly body: Program;
      readonly otherwise: Program;
    }
  | ({ readonly kind: "each" } & Scoped)
  | ({ readonly kind: "with" } & Scoped)
  /** `{{#name}}` of no function: Mustache's section, which loops, enters or decides by what `name` holds. */
  | ({ readonly kind: "section" } & Scoped);
