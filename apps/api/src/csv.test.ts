import assert from "node:assert/strict";
import { test } from "node:test";
import { formatCsvLine, parseCsvLine, readLines } from "./csv.ts";

const lines = [
  ["a,b", ["a", "b"]],
  ["", [""]],
  ["a,", ["a", ""]],
  ['"a,b",c', ["a,b", "c"]],
  ['"""a b""@x.test"', ['"a b"@x.test']],
  ['"a', null],
  ['"a"b', null],
] as const;
for (const [line, fields] of lines) {
  test(`CSV ${JSON.stringify(line)}`, () => {
    assert.deepEqual(parseCsvLine(line), fields);
    if (fields !== null) assert.deepEqual(parseCsvLine(formatCsvLine(fields).trimEnd()), fields);
  });
}

test("lines are read across chunks, and bounded", async () => {
  const read = async (...chunks: readonly string[]) => {
    const stream = (async function* () {
      for (const chunk of chunks) yield Buffer.from(chunk);
    })();
    const lines: string[] = [];
    for await (const line of readLines(stream, 10_000)) lines.push(line);
    return lines;
  };
  assert.deepEqual(await read("a\r", "\nb", "c\n", "d"), ["a", "bc", "d"]);
  assert.deepEqual(await read(), []);
  await assert.rejects(read("x".repeat(5_000)), RangeError);
  await assert.rejects(read(...("y\n".repeat(6_000).match(/.{1,100}/gs) ?? [])), RangeError);
});
