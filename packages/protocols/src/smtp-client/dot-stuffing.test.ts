import assert from "node:assert/strict";
import { test } from "node:test";
import { endOfData, stuffDots } from "./dot-stuffing.ts";

const cases: readonly (readonly [string, string])[] = [
  ["", ""],
  ["no dots at line starts. at all.\r\n", "no dots at line starts. at all.\r\n"],
  [".", ".."],
  [".\r\n", "..\r\n"],
  ["..\r\n.a\r\nb.\r\n.", "...\r\n..a\r\nb.\r\n.."],
  ["a\r\n.\r\n.\r\nb", "a\r\n..\r\n..\r\nb"],
  // A bare LF ends a line for some servers: what follows it must not end the message there.
  ["a\n.\r\nMAIL FROM:<>\r\n", "a\n..\r\nMAIL FROM:<>\r\n"],
];

for (const [raw, stuffed] of cases) {
  test(`dots: ${JSON.stringify(raw)}`, () => assert.equal(stuffDots(Buffer.from(raw)).toString(), stuffed));
}

test("without a dot to stuff nothing is copied", () => {
  const raw = Buffer.from("a\r\nb\r\n");
  assert.equal(stuffDots(raw), raw);
});

test("the final dot stands on a line of its own", () => {
  for (const [raw, end] of [
    ["a\r\n", ".\r\n"],
    ["", ".\r\n"],
    ["a", "\r\n.\r\n"],
    ["a\n", "\r\n.\r\n"],
  ] as const)
    assert.equal(endOfData(Buffer.from(raw)), end);
});
