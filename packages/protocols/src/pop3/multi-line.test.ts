import assert from "node:assert/strict";
import { test } from "node:test";
import { stuffMessage } from "./multi-line.ts";

const CASES: readonly (readonly [name: string, raw: string, lines: number | null, sent: string])[] = [
  ["lines that start with a dot", "A: b\r\n\r\n.\r\n..x\r\n", null, "A: b\r\n\r\n..\r\n...x\r\n.\r\n"],
  ["bare line feeds", "A: b\n\nc\n", null, "A: b\r\n\r\nc\r\n.\r\n"],
  ["no line end at the end", "A: b\r\n\r\nc", null, "A: b\r\n\r\nc\r\n.\r\n"],
  ["an empty message", "", null, ".\r\n"],
  ["a carriage return inside a line", "a\rb\r\n", null, "a\rb\r\n.\r\n"],
  ["TOP 0 sends the empty line", "A: b\r\n\r\nc\r\n", 0, "A: b\r\n\r\n.\r\n"],
  ["TOP 1", "A: b\r\n\r\nc\r\nd\r\n", 1, "A: b\r\n\r\nc\r\n.\r\n"],
  ["TOP beyond the end", "A: b\r\n\r\nc\r\n", 99, "A: b\r\n\r\nc\r\n.\r\n"],
];
for (const [name, raw, lines, sent] of CASES) {
  test(name, () => assert.equal(stuffMessage(Buffer.from(raw), lines).toString(), sent));
}

test("nothing but dots and line feeds grows and comes out whole", () => {
  assert.equal(stuffMessage(Buffer.from(".\n".repeat(100_000)), null).length, 4 * 100_000 + 3);
});
