import { type Static, type TSchema, type TUnsafe, Type } from "typebox";

/**
 * A reference to a schema with an `$id`, typed as what it stands for: one component of the openapi document instead of a copy in
 * each place. `describeApi` registers them.
 *
 * @throws for a schema without `$id`: a bug.
 */
export function ref<Schema extends TSchema>(schema: Schema): TUnsafe<Static<Schema>> {
  if (!("$id" in schema) || typeof schema.$id !== "string")
    throw new Error("only a schema with an $id can be referred to");
  return Type.Unsafe<Static<Schema>>({ $ref: `${schema.$id}#` });
}
