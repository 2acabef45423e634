import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { newId } from "@waxwing/runtime";
import { createTestDatabase, type TestDatabase } from "@waxwing/testkit";
import { ACCEPTED_CONTENT, ACCEPTED_MESSAGE, ACCEPTED_RECIPIENT } from "../src/accepted-rows.ts";
import { type Database, openDatabase } from "../src/index.ts";
import { RECORDED_ATTEMPT, RECORDED_OUTCOME } from "../src/recorded-rows.ts";
import { encodeRows, type RowType } from "../src/row-encoding.ts";
import { LOGGED_EVENT, queryWithRows, rowsSql } from "../src/row-types.ts";

/** A row with a column of each type. */
interface Sample {
  readonly id: string;
  readonly text: string | null;
  readonly integer: number;
  readonly small: number;
  readonly truth: boolean | undefined;
  readonly double: number;
  readonly atMs: number;
  readonly json: unknown;
  readonly bytes: Buffer;
  readonly texts: readonly string[];
  readonly ids: readonly string[];
}

const SAMPLE: RowType<Sample> = {
  name: "sample_row",
  columns: [
    ["id", "uuid", ({ id }) => id],
    ["text", "text", ({ text }) => text],
    ["integer", "integer", ({ integer }) => integer],
    ["small", "smallint", ({ small }) => small],
    ["truth", "boolean", ({ truth }) => truth],
    ["double", "double precision", ({ double }) => double],
    ["at", "timestamp with time zone", ({ atMs }) => atMs],
    ["json", "jsonb", ({ json }) => json],
    ["bytes", "bytea", ({ bytes }) => bytes],
    ["texts", "text[]", ({ texts }) => texts],
    ["ids", "uuid[]", ({ ids }) => ids],
  ],
};

const sample: Sample = {
  id: newId(),
  text: "plain",
  integer: 1,
  small: 1,
  truth: true,
  double: 1,
  atMs: Date.UTC(2026, 10, 23, 12, 34, 56, 789),
  json: {},
  bytes: Buffer.alloc(0),
  texts: [],
  ids: [],
};

const cases: readonly (readonly [name: string, change: Partial<Sample>])[] = [
  ["empty", {}],
  ["null and undefined", { text: null, truth: undefined, json: null }],
  ["lowest", { integer: -(2 ** 31), small: -(2 ** 15), double: Number.MIN_VALUE, truth: false }],
  ["highest", { integer: 2 ** 31 - 1, small: 2 ** 15 - 1, double: Number.MAX_VALUE }],
  ["the turn of the century", { atMs: Date.UTC(2000, 0, 1) }],
  ["before the turn of the century", { atMs: Date.UTC(1969, 6, 20, 20, 17, 40, 1) }],
  ["long ago and far ahead", { atMs: Date.UTC(9999, 11, 31) }],
  ["quotes, braces, commas", { text: `{"a,b\\",'}`, texts: [`"`, `\\`, `{},NULL`, ""] }],
  ["what is not ASCII", { text: "Größe 😀 ﷺ", json: { ключ: "値" }, texts: ["é"] }],
  ["an upper-case id", { ids: [newId().toUpperCase(), newId()] }],
  ["more than a buffer begins with", { text: "é".repeat(50_000), bytes: Buffer.alloc(70_000, 7) }],
];

suite("rows travel in binary", { timeout: 60_000 }, () => {
  let database: TestDatabase;
  let db: Database;

  before(async () => {
    database = await createTestDatabase();
    db = openDatabase({ url: database.url, poolSize: 2, onError: assert.ifError });
    await db.pool.query(createSample);
  });
  after(async () => {
    await db[Symbol.asyncDispose]();
    await database.drop();
  });

  const createSample = `CREATE TYPE sample_row AS (${SAMPLE.columns.map(([name, type]) => `"${name}" ${type}`).join(", ")})`;
  const send = (rows: readonly Sample[]) =>
    queryWithRows(db.pool, {
      name: "send-samples",
      text: `SELECT * FROM ${rowsSql("$1", SAMPLE)}`,
      values: (encode) => [encode(SAMPLE, rows)],
    });

  for (const type of [
    LOGGED_EVENT,
    ACCEPTED_CONTENT,
    ACCEPTED_MESSAGE,
    ACCEPTED_RECIPIENT,
    RECORDED_OUTCOME,
    RECORDED_ATTEMPT,
  ]) {
    test(`${type.name} is in the database what it is here`, async () => {
      const { rows } = await db.pool.query<{ name: string; type: string }>(
        `SELECT attname AS name, format_type(atttypid, atttypmod) AS type
           FROM pg_attribute WHERE attrelid = to_regclass($1) ORDER BY attnum`,
        [type.name],
      );
      assert.deepEqual(
        rows.map(({ name, type }) => [name, type]),
        type.columns.map(([name, type]) => [name, type]),
      );
    });
  }

  test("none", async () => {
    assert.deepEqual(await send([]), []);
  });

  for (const [name, change] of cases) {
    test(name, async () => {
      const row = { ...sample, ...change };
      const expected = {
        id: row.id,
        text: row.text,
        integer: row.integer,
        small: row.small,
        truth: row.truth ?? null,
        double: row.double,
        at: new Date(row.atMs),
        json: row.json,
        bytes: row.bytes,
        texts: row.texts,
        ids: row.ids.map((id) => id.toLowerCase()),
      };
      assert.deepEqual(
        (await send([row, sample, row])).map((sent) => ({ ...sent })).filter((_, place) => place !== 1),
        [expected, expected],
      );
    });
  }

  test("what is no id and no time is refused", () => {
    for (const id of [
      "",
      "x",
      `${newId()}0`,
      newId().replace("-", "0"),
      newId().replace(/.$/, "g"),
      newId().replace(/.$/, "İ"),
    ]) {
      assert.throws(() => encodeRows(SAMPLE, 1, [{ ...sample, id }]), TypeError, id);
    }
    assert.throws(() => encodeRows(SAMPLE, 1, [{ ...sample, atMs: Number.NaN }]), RangeError);
  });

  test("U+0000 is refused by the database, and the next statement works", async () => {
    await assert.rejects(send([{ ...sample, text: "a\0b" }]), { code: "22021" });
    assert.equal((await send([sample])).length, 1);
  });

  test("a database that was put in this one's place is asked anew what it calls its types", async () => {
    await db.pool.query("DROP TYPE sample_row");
    await db.pool.query(createSample);
    const again = await send([sample]).catch(() => send([sample]));
    assert.equal(again.length, 1);
  });
});
