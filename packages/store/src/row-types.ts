import type { NewEvent } from "./accept.ts";
import { encodeRows, type RowType } from "./row-encoding.ts";
import type { Queryable } from "./transaction.ts";

/*
 * The composite types that rows of the hot statements travel in (migration 0024). Each says what one statement reads, not what a table
 * holds. Processes of two versions may work on one database while it is being upgraded, and both must find the types they know: a type
 * is never altered. A new shape is a new type, and the old one is dropped a release later.
 */

/** An event for the log. */
export const LOGGED_EVENT: RowType<NewEvent> = {
  name: "logged_event",
  columns: [
    ["project_id", "uuid", ({ projectId }) => projectId],
    ["id", "uuid", ({ id }) => id],
    ["type", "text", ({ type }) => type],
    ["message_id", "uuid", ({ messageId }) => messageId],
    ["ordinal", "integer", ({ ordinal }) => ordinal],
    ["payload", "jsonb", ({ payload }) => payload],
  ],
};

/**
 * SQL for the rows of parameter `$n`, to stand in FROM.
 *
 * The planner must not see how many there are: with a parameter of one row it found each plan made for it cheaper than the one
 * for any number, and planned the statement anew each time, which took longer than carrying it out.
 */
export const rowsSql = (parameter: string, { name }: { readonly name: string }): string =>
  `unnest((SELECT ${parameter}::${name}[]))`;

/** Encodes rows as the value of a parameter; the type must have been asked for. */
export type RowEncoder = <Row>(type: RowType<Row>, rows: readonly Row[]) => Buffer;

/** What a database calls its types, by the pool or connection that leads to it. */
const known = new WeakMap<Queryable, Promise<ReadonlyMap<string, number>>>();

/** Runs a statement whose parameters are rows, and returns what it answers. */
export async function queryWithRows<Answer extends Record<string, unknown>>(
  client: Queryable,
  {
    name,
    text,
    values,
  }: {
    readonly name: string;
    readonly text: string;
    readonly values: (encode: RowEncoder) => unknown[];
  },
): Promise<readonly Answer[]> {
  let oids = known.get(client);
  if (oids === undefined) {
    oids = readOids(client);
    known.set(client, oids);
  }
  try {
    const numbers = await oids;
    const encode: RowEncoder = (type, rows) => {
      const oid = numbers.get(type.name);
      if (oid === undefined) throw new Error(`the database has no type ${type.name}: is it migrated?`);
      return encodeRows(type, oid, rows);
    };
    return (await client.query<Answer>({ name, text, values: values(encode) })).rows;
  } catch (error) {
    // Whatever it was: a database that was put in this one's place calls its types something else.
    known.delete(client);
    throw error;
  }
}

async function readOids(client: Queryable): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ name: string; oid: number }>(
    `SELECT relname AS name, reltype AS oid FROM pg_class WHERE relkind = 'c' AND pg_type_is_visible(reltype)`,
  );
  return new Map(rows.map(({ name, oid }) => [name, oid]));
}
