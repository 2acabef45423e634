import assert from "node:assert/strict";
import { test } from "node:test";
import { createDataBudget } from "./data-budget.ts";
import { createDataCollector } from "./data-collector.ts";

const judge = (text: string, cut: number, limit = { sizeBytes: 100, lineOctets: 10 }) => {
  const collector = createDataCollector(limit, createDataBudget(0));
  const octets = Buffer.from(text, "latin1");
  for (let at = 0; at < octets.length; at += cut) collector.push(octets.subarray(at, at + cut));
  const result = collector.finish();
  return result.kind === "complete" ? result.raw.toString("latin1") : `${result.code} ${result.enhanced}`;
};

const cases = [
  ["", ""],
  ["\r\n", "\r\n"],
  ["12345678\r\n", "12345678\r\n"],
  ["123456789\r\n", "554 5.6.0"],
  ["12345678901", "554 5.6.0"],
  ["a\n", "554 5.6.0"],
  ["\n", "554 5.6.0"],
  ["a\rb\r\n", "554 5.6.0"],
  ["\r\r\n", "554 5.6.0"],
  ["a\0\r\n", "554 5.6.0"],
  ["ab\r\n".repeat(25), "ab\r\n".repeat(25)],
  ["ab\r\n".repeat(26), "552 5.3.4"],
] as const;

for (const [text, expected] of cases) {
  test(`${JSON.stringify(text).slice(0, 40)} in any cut`, () => {
    for (let cut = 1; cut <= text.length + 1; cut += 1)
      assert.equal(judge(text, cut), expected, `cut ${cut}`);
  });
}

test("a message sent octet by octet costs no more than twice its size", () => {
  const sizeBytes = 4 * 1024 * 1024;
  const collector = createDataCollector({ sizeBytes, lineOctets: 1000 }, createDataBudget(sizeBytes));
  const before = process.memoryUsage();
  const octets = Buffer.from("xx\r\n");
  for (let at = 0; at < sizeBytes; at += 1) collector.push(octets.subarray(at % 4, (at % 4) + 1));
  const after = process.memoryUsage();
  assert.ok(after.arrayBuffers - before.arrayBuffers < 4 * sizeBytes);
  const result = collector.finish();
  assert.equal(result.kind === "complete" && result.raw.length, sizeBytes);
});

test("large messages share a budget, small ones need none of it", () => {
  const budget = createDataBudget(1024 * 1024);
  const begin = (sizeBytes: number) => {
    const collector = createDataCollector({ sizeBytes: 2 * 1024 * 1024, lineOctets: 1000 }, budget);
    for (let at = 0; at < sizeBytes; at += 1024)
      collector.push(Buffer.from(`${"x".repeat(510)}\r\n`.repeat(2)));
    return collector;
  };
  const told = (collector: ReturnType<typeof begin>) => {
    const result = collector.finish();
    return result.kind === "complete" ? result.raw.length : `${result.code} ${result.enhanced}`;
  };
  const first = begin(1024 * 1024);
  const second = begin(1024 * 1024);
  assert.deepEqual([told(first), told(second)], [1024 * 1024, "452 4.3.1"]);
  assert.equal(told(begin(200 * 1024)), 200 * 1024);
  first.release();
  first.release();
  second.release();
  assert.equal(told(first), "451 4.3.0");
  assert.equal(told(begin(1024 * 1024)), 1024 * 1024);
  assert.equal(told(begin(1024 * 1024)), "452 4.3.1");
});
