import assert from "node:assert/strict";
import { test } from "node:test";
import { countValues, jsonProblem } from "./json-body.ts";

test("values are counted outside strings only", () => {
  const cases = [
    ["1", 0],
    ["[1,2,3]", 3],
    ['{"a":[],"b":{}}', 4],
    ['["a,b,{[", "\\",,,"]', 2],
    ['"\\\\",[', 2],
    ['"never ends,,,', 0],
  ] as const;
  for (const [text, values] of cases) assert.equal(countValues(text, 100), values, text);
});

test("counting stops soon after the limit, and escapes cost no more than their length", () => {
  assert.equal(countValues("[".repeat(1_000_000), 10), 11);
  const startedAt = performance.now();
  countValues(`"${'\\"'.repeat(5_000_000)}`, 10);
  countValues(`"${"\\".repeat(10_000_000)}"`, 10);
  assert.ok(performance.now() - startedAt < 2_000);
});

test("the place of an error is found in every kind of text", () => {
  assert.match(jsonProblem(`${" ".repeat(1_000)}x`), /unexpected character at position 1000 /);
  assert.match(jsonProblem('{"a":"\n"}'), /error at position 6 /);
  assert.equal(jsonProblem(`${" ".repeat(300_000)}x`), "the body is not JSON");
});
