import { formatDate } from "./format-date.ts";
import { isTruthy } from "./truth.ts";

/** Says that argument `index` cannot be used, and why, as the end of a sentence. */
type Complain = (index: number, message: string) => void;
/** Pays for work that grows with data: see `templateLimits.steps`. */
type Spend = (steps: number) => void;

/** A function that templates call, as `(name a b)`, `{{name a b}}` or, where it decides, `{{#name a b}}`. */
interface TemplateFunction {
  readonly args: readonly [min: number, max: number];
  /** Whether it can head a block. */
  readonly decides: boolean;
  /** Whether a missing argument is what it is there for, and no mistake even when variables are strict. */
  readonly takesMissing: boolean;
  readonly run: (args: readonly unknown[], spend: Spend, complain: Complain) => unknown;
}

const MAX_ARGS = 50;
const DEFAULT_PREFIX = "default=";

/** SendGrid's functions and Handlebars' `lookup`. */
export const FUNCTIONS = {
  and: {
    args: [1, MAX_ARGS],
    decides: true,
    takesMissing: true,
    run: (args) => args.every((value) => isTruthy(value)),
  },
  or: {
    args: [1, MAX_ARGS],
    decides: true,
    takesMissing: true,
    run: (args) => args.some((value) => isTruthy(value)),
  },
  equals: {
    args: [2, 2],
    decides: true,
    takesMissing: false,
    run: ([one, other], spend) => areEqual(one, other, spend),
  },
  notEquals: {
    args: [2, 2],
    decides: true,
    takesMissing: false,
    run: ([one, other], spend) => !areEqual(one, other, spend),
  },
  greaterThan: {
    args: [2, 2],
    decides: true,
    takesMissing: false,
    run: ([one, other], spend) => isLess(other, one, spend),
  },
  lessThan: {
    args: [2, 2],
    decides: true,
    takesMissing: false,
    run: ([one, other], spend) => isLess(one, other, spend),
  },
  length: {
    args: [1, 1],
    decides: true,
    takesMissing: false,
    run: ([value], spend) => lengthOf(value, spend),
  },
  insert: {
    args: [2, 2],
    decides: false,
    takesMissing: true,
    run: ([one, other]) => {
      const [value, fallback] = isDefault(one) ? [other, one] : [one, other];
      if (value !== undefined && value !== null && value !== "") return value;
      return isDefault(fallback) ? fallback.slice(DEFAULT_PREFIX.length) : fallback;
    },
  },
  formatDate: {
    args: [2, 3],
    decides: false,
    takesMissing: false,
    run: ([date, format, offset], spend, complain) => {
      spend(20);
      if (date === undefined || date === null) return "";
      const formatted = formatDate(date, format, offset);
      if (formatted.kind === "formatted") return formatted.text;
      complain({ date: 0, format: 1, offset: 2 }[formatted.argument], formatted.message);
      return "";
    },
  },
  lookup: {
    args: [2, 2],
    decides: false,
    takesMissing: false,
    run: ([value, key], spend) => {
      if (typeof key !== "string" && typeof key !== "number") return undefined;
      spend(typeof key === "string" ? key.length >> 6 : 0);
      return memberOf(value, String(key));
    },
  },
} as const satisfies Record<string, TemplateFunction>;

export type FunctionName = keyof typeof FUNCTIONS;

/** The function with this name, or undefined. */
export function functionNamed(name: string): FunctionName | undefined {
  return Object.hasOwn(FUNCTIONS, name) ? (name as FunctionName) : undefined;
}

/** A value's own member, or undefined. Never what it inherits: `constructor` and `__proto__` lead to code (prototype access). */
export function memberOf(value: unknown, name: string): unknown {
  if (value === null || value === undefined || !Object.hasOwn(value, name)) return undefined;
  // Own members of what came from JSON are data; those of strings are their characters and length.
  return (value as Readonly<Record<string, unknown>>)[name];
}

function isDefault(value: unknown): value is string {
  return typeof value === "string" && value.startsWith(DEFAULT_PREFIX);
}

/** Numbers and texts that spell the same are equal, because a query string or a form makes texts of numbers. */
function areEqual(one: unknown, other: unknown, spend: Spend): boolean {
  if (one === other || (one ?? null) === (other ?? null)) return true;
  if (!isScalar(one) || !isScalar(other)) return false;
  const [left, right] = [String(one), String(other)];
  if (left.length !== right.length) return false;
  spend(left.length >> 6);
  return left === right;
}

/** Numerically when both are numbers or spell one, alphabetically when both are texts, otherwise never. */
function isLess(one: unknown, other: unknown, spend: Spend): boolean {
  const [left, right] = [numberOf(one), numberOf(other)];
  if (left !== undefined && right !== undefined) return left < right;
  if (typeof one !== "string" || typeof other !== "string") return false;
  spend(Math.min(one.length, other.length) >> 6);
  return one < other;
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^\s{0,9}-?\d{1,30}(?:\.\d{1,30})?\s{0,9}$/.test(value)
    ? Number(value)
    : undefined;
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function lengthOf(value: unknown, spend: Spend): number {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  if (typeof value !== "object" || value === null) return 0;
  const { length } = Object.keys(value);
  spend(length);
  return length;
}
