import { fieldPath } from "./field-path.ts";
import type { FieldProblem } from "./problems.ts";

/** The part of JSON Schema that request schemas are written in. A test holds the routes to it. */
export interface RequestSchema {
  readonly type?: "object" | "array" | "string" | "integer" | "boolean";
  readonly properties?: Readonly<Record<string, RequestSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | RequestSchema;
  readonly maxProperties?: number;
  readonly items?: RequestSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly RequestSchema[];
  /** Said instead of the pattern. */
  readonly description?: string;
}

/** A hostile body must not grow its answer without bound. */
const MAX_PROBLEMS = 100;

/** What is said of a field that no schema has. */
export const UNKNOWN_FIELD = "is not a field that is known here";

/**
 * Says in words what a value lacks to fit a schema: all of it, at most 100 problems. The validator has decided before that it
 * does not fit; this explains. Written for people: a union speaks only of the branch the value was meant for, and an array or
 * object with too many members is one problem, not one per member, so that the time this takes stays in proportion to the limits
 * of the schema and not to the body.
 */
export function schemaProblems(schema: RequestSchema, value: unknown): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  explain(schema, value, "", (field, message) => {
    if (problems.length < MAX_PROBLEMS) problems.push({ field: field === "" ? "body" : field, message });
    return problems.length < MAX_PROBLEMS;
  });
  return problems;
}

/** Returns false when no more are wanted. */
type Report = (field: string, message: string) => boolean;

/** Returns false when no more problems are wanted. */
function explain(schema: RequestSchema, value: unknown, path: string, report: Report): boolean {
  if (schema.anyOf !== undefined) {
    const branch = schema.anyOf.find(
      (candidate) => candidate.type === undefined || isOfType(candidate.type, value),
    );
    return branch === undefined
      ? report(path, `must be ${oneOf(schema.anyOf.map(({ type = "object" }) => TYPE_NAMES[type]))}`)
      : explain(branch, value, path, report);
  }
  if (schema.enum !== undefined) {
    return schema.enum.includes(value) || report(path, `must be ${oneOf(schema.enum.map(String))}`);
  }
  if (schema.type === undefined) return true;
  if (!isOfType(schema.type, value)) return report(path, `must be ${TYPE_NAMES[schema.type]}`);
  if (typeof value === "string") return explainString(schema, value, path, report);
  if (typeof value === "number") return explainNumber(schema, value, path, report);
  if (Array.isArray(value)) return explainArray(schema, value, path, report);
  if (typeof value === "object" && value !== null) return explainObject(schema, value, path, report);
  return true;
}

function explainObject(schema: RequestSchema, value: object, path: string, report: Report): boolean {
  const { properties = {}, required = [], additionalProperties = true, maxProperties } = schema;
  const names = Object.keys(value);
  if (maxProperties !== undefined && names.length > maxProperties) {
    return report(path, `must have at most ${maxProperties} members, not ${names.length}`);
  }
  for (const name of required) {
    if (!Object.hasOwn(value, name) && !report(fieldPath(path, name), "is required")) return false;
  }
  for (const [name, member] of Object.entries(value)) {
    const memberSchema = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    if (memberSchema === undefined || memberSchema === true) continue;
    const more =
      memberSchema === false
        ? report(fieldPath(path, name), UNKNOWN_FIELD)
        : explain(memberSchema, member, fieldPath(path, name), report);
    if (!more) return false;
  }
  return true;
}

function explainArray(
  schema: RequestSchema,
  items: readonly unknown[],
  path: string,
  report: Report,
): boolean {
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
  if (items.length < minItems) return report(path, `must have at least ${count(minItems, "item")}`);
  if (items.length > maxItems)
    return report(path, `must have at most ${count(maxItems, "item")}, not ${items.length}`);
  if (schema.items === undefined) return true;
  for (const [index, item] of items.entries()) {
    if (!explain(schema.items, item, fieldPath(path, index), report)) return false;
  }
  return true;
}

function explainString(schema: RequestSchema, value: string, path: string, report: Report): boolean {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern } = schema;
  if (value.length < minLength)
    return report(path, value === "" ? "is empty" : `must have at least ${minLength} characters`);
  if (value.length > maxLength) return report(path, `must have at most ${maxLength} characters`);
  if (pattern === undefined || new RegExp(pattern, "u").test(value)) return true;
  return report(
    path,
    schema.description === undefined ? `must match ${pattern}` : `must be: ${schema.description}`,
  );
}

function explainNumber(schema: RequestSchema, value: number, path: string, report: Report): boolean {
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema;
  if (value < minimum) return report(path, `must be at least ${minimum}`);
  if (value > maximum) return report(path, `must be at most ${maximum}`);
  return true;
}

const TYPE_NAMES = {
  object: "an object",
  array: "an array",
  string: "a string",
  integer: "a whole number",
  boolean: "true or false",
} as const satisfies Record<NonNullable<RequestSchema["type"]>, string>;

function isOfType(type: NonNullable<RequestSchema["type"]>, value: unknown): boolean {
  switch (type) {
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    case "string":
    case "boolean":
      return typeof value === type;
  }
}

function oneOf(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
