import assert from "node:assert/strict";
import { test } from "node:test";
import { createSequenceMap } from "./sequence-map.ts";
import { formatSequenceSet, parseSequenceSet, resolveRanges } from "./sequence-set.ts";

const map = createSequenceMap(Uint32Array.of(2, 3, 5, 8, 13));

const CASES: readonly (readonly [set: string, uids: readonly number[]])[] = [
  ["2", [2]],
  ["4", []],
  ["2:5", [2, 3, 5]],
  ["5:2", [2, 3, 5]],
  ["8:*", [8, 13]],
  ["*", [13]],
  ["100:*", [13]],
  ["3:8,2:5,3", [2, 3, 5, 8]],
  ["1:4294967295", [2, 3, 5, 8, 13]],
];

for (const [text, uids] of CASES) {
  test(`${text} names ${uids.join(" ") || "nothing"}`, () => {
    const set = parseSequenceSet(text, 10);
    assert.ok(set?.kind === "ranges");
    assert.deepEqual(map.uidsInRanges(resolveRanges(set.ranges, map.largestUid())), uids);
  });
}

for (const text of [
  "",
  "0",
  "1,",
  ",1",
  "1:",
  ":1",
  "1:2:3",
  "a",
  "-1",
  "4294967296",
  "1 ",
  "01",
  `${"1,".repeat(10)}1`,
]) {
  test(`${JSON.stringify(text)} is no set`, () => assert.equal(parseSequenceSet(text, 10), null));
}

test("numbers become ranges", () => {
  assert.equal(formatSequenceSet([1, 2, 3, 5, 7, 8]), "1:3,5,7:8");
  assert.equal(formatSequenceSet([]), "");
  // A copy may come out in any order; runs are only written where the numbers ascend by one.
  assert.equal(formatSequenceSet([9, 4, 5]), "9,4:5");
});

test("removing gives the old numbers, largest first, and keeps the rest in order", () => {
  const shared = Uint32Array.of(1, 2, 3, 4);
  const small = createSequenceMap(shared);
  assert.deepEqual(small.remove(new Set([1, 3, 99])), [3, 1]);
  assert.deepEqual(small.uids(), [2, 4]);
  assert.equal(small.add(3), false);
  assert.equal(small.add(9), true);
  assert.equal(small.sequenceOf(9), 3);
  assert.equal(small.uidAt(4), null);
  assert.deepEqual([...shared], [1, 2, 3, 4], "what other sessions share is not written to");
});
