import type { FastifySchemaCompiler } from "fastify";
import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { ProblemError } from "./problems.ts";
import { type RequestSchema, schemaProblems } from "./schema-problems.ts";

/**
 * Compiles request schemas for fastify. A value that fits passes as it is: nothing is coerced, filled in or taken away, except
 * that numbers in a query string are read as numbers. One that does not is refused with every problem by its field.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = compile(schema);
  // TypeBox schemas are JSON Schema documents; a test checks that ours keep to the part that can be explained.
  const explained = schema as RequestSchema;
  return (given: unknown) => {
    const value = httpPart === "querystring" ? withNumbers(explained, given) : given;
    if (validator.Check(value)) return { value };
    return { error: invalid(schemaProblems(explained, value)) };
  };
};

/** Checks values that are no request of their own, such as the items of a batch, as `validatorCompiler` checks bodies. */
export function createChecker<Schema extends TSchema>(
  schema: Schema,
): (
  given: unknown,
) =>
  | { readonly kind: "valid"; readonly value: Static<Schema> }
  | { readonly kind: "invalid"; readonly error: ProblemError } {
  const validator = compile(schema);
  return (given) =>
    validator.Check(given)
      ? { kind: "valid", value: given }
      : { kind: "invalid", error: invalid(schemaProblems(schema as RequestSchema, given)) };
}

/** `format` tells readers what a text means; whoever reads it knows better than a pattern whether it is that, and says why not. */
function compile<Schema extends TSchema>(schema: Schema) {
  return Compile(withoutFormats(schema) as Schema);
}

function withoutFormats(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutFormats);
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([keyword, value]) => !(keyword === "format" && typeof value === "string"))
      .map(([keyword, value]: [string, unknown]) => [keyword, withoutFormats(value)]),
  );
}

/** The refusal of a request with these problems. */
export function invalid(errors: ProblemError["errors"]): ProblemError {
  if (errors.length === 0) return new ProblemError("invalid-request", "the request does not fit its schema");
  const detail =
    errors.length === 1
      ? `${errors[0]?.field} ${errors[0]?.message}`
      : `${errors.length} fields are not valid`;
  return new ProblemError("invalid-request", detail, { errors });
}

/** A query string holds text only; where the schema wants a whole number, digits are one. */
function withNumbers(schema: RequestSchema, query: unknown): unknown {
  if (typeof query !== "object" || query === null) return query;
  return Object.fromEntries(
    Object.entries(query).map(([name, value]: [string, unknown]) => {
      const wantsNumber = schema.properties?.[name]?.type === "integer";
      return [
        name,
        wantsNumber && typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value,
      ];
    }),
  );
}
