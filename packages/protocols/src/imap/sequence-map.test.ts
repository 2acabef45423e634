import assert from "node:assert/strict";
import { test } from "node:test";
import { createSequenceMap } from "./sequence-map.ts";

test("arrivals and removals leave the shared UIDs alone and numbers right", () => {
  const shared = Uint32Array.of(2, 5, 9);
  const map = createSequenceMap(shared);
  assert.equal(map.add(9), false);
  for (let uid = 10; uid < 30; uid++) assert.equal(map.add(uid), true);
  assert.equal(map.size(), 23);
  assert.deepEqual(
    [map.uidAt(0), map.uidAt(3), map.uidAt(4), map.uidAt(23), map.uidAt(24)],
    [null, 9, 10, 29, null],
  );
  assert.deepEqual([map.sequenceOf(5), map.sequenceOf(6), map.sequenceOf(29)], [2, null, 23]);
  const ranges = [
    { first: 8, last: 11 },
    { first: 10, last: 12 },
  ];
  assert.deepEqual(map.uidsInRanges(ranges), [9, 10, 11, 12]);
  assert.deepEqual(map.remove(new Set([5, 10, 77])), [4, 2]);
  assert.deepEqual(map.uids().slice(0, 4), [2, 9, 11, 12]);
  assert.equal(map.add(29), false);
  assert.equal(map.add(30), true);
  assert.deepEqual([map.sequenceOf(30), map.largestUid()], [22, 30]);
  assert.deepEqual([...shared], [2, 5, 9]);
});
