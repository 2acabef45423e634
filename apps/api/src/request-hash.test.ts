import assert from "node:assert/strict";
import { test } from "node:test";
import { requestHash } from "./request-hash.ts";

const hex = (body: unknown, operation = "send"): string => requestHash(operation, body).toString("hex");

test("the order of members does not matter, everything else does", () => {
  assert.equal(hex({ a: 1, b: { c: [true, null], d: "x" } }), hex({ b: { d: "x", c: [true, null] }, a: 1 }));
  const different = [
    {},
    [],
    null,
    "",
    { a: "b" },
    { ab: "" },
    { a: ["b"] },
    ["a", "b"],
    ["ab"],
    [["a"], "b"],
    [["a", "b"]],
    ["a\u0000b"],
    [1, 2],
    [12],
    ["1", "2"],
    [true],
    ["true"],
    ["\u00e9"],
    ["e\u0301"],
  ];
  assert.equal(new Set(different.map((body) => hex(body))).size, different.length);
  assert.notEqual(hex({}), hex({}, "batch"));
});
