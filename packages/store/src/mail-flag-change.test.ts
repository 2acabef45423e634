import assert from "node:assert/strict";
import { test } from "node:test";
import { applyFlagChange, areSameFlags, MAX_FLAGS } from "./mail-flag-change.ts";

const cases = [
  { name: "adds what is new", from: ["\\Seen"], mode: "add", flags: ["$Work"], to: ["\\Seen", "$Work"] },
  { name: "keeps the first spelling", from: ["$Work"], mode: "add", flags: ["$WORK"], to: ["$Work"] },
  { name: "takes each flag once", from: [], mode: "add", flags: ["a", "A"], to: ["a"] },
  {
    name: "removes in any case",
    from: ["\\Seen", "$Work"],
    mode: "remove",
    flags: ["$wORK"],
    to: ["\\Seen"],
  },
  { name: "removing what is not there", from: ["\\Seen"], mode: "remove", flags: ["x"], to: ["\\Seen"] },
  {
    name: "replaces all",
    from: ["\\Seen", "$Work"],
    mode: "replace",
    flags: ["$WORK", "b"],
    to: ["$Work", "b"],
  },
  { name: "replaces by nothing", from: ["\\Seen"], mode: "replace", flags: [], to: [] },
] as const;

for (const { name, from, mode, flags, to } of cases) {
  test(`a change of flags: ${name}`, () => {
    assert.deepEqual(applyFlagChange(from, { mode, flags }), [...to]);
  });
}

test("a message takes no more flags than the limit", () => {
  const many = Array.from({ length: MAX_FLAGS * 2 }, (_, n) => `k${n}`);
  assert.equal(applyFlagChange(["\\Seen"], { mode: "add", flags: many }).length, MAX_FLAGS);
});

test("order and case do not tell sets of flags apart", () => {
  assert.ok(areSameFlags(["\\Seen", "a"], ["A", "\\Seen"]));
  assert.ok(!areSameFlags(["\\Seen", "a"], ["\\Seen", "b"]));
  assert.ok(!areSameFlags(["\\Seen"], ["\\Seen", "b"]));
});
