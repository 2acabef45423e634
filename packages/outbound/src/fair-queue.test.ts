import assert from "node:assert/strict";
import { test } from "node:test";
import { createFairQueue } from "./fair-queue.ts";

const filled = (items: readonly (readonly [priority: number, projectId: string, item: string])[]) => {
  const queue = createFairQueue<string>(3);
  for (const item of items) queue.add(...item);
  return queue;
};

test("the most urgent go first, and a piece is of one priority", () => {
  const queue = filled([
    [2, "a", "bulk"],
    [1, "a", "standard"],
    [0, "a", "urgent 1"],
    [0, "a", "urgent 2"],
  ]);
  assert.deepEqual(queue.take(10), ["urgent 1", "urgent 2"]);
  assert.deepEqual(queue.take(10), ["standard"]);
  assert.deepEqual(queue.take(10), ["bulk"]);
  assert.deepEqual(queue.take(10), []);
  assert.equal(queue.size(), 0);
});

test("projects take turns, also from one piece to the next; each in its order", () => {
  const queue = filled([
    [1, "a", "a1"],
    [1, "a", "a2"],
    [1, "a", "a3"],
    [1, "b", "b1"],
    [1, "c", "c1"],
    [1, "c", "c2"],
  ]);
  assert.deepEqual(queue.take(2), ["a1", "b1"]);
  assert.equal(queue.size(), 4);
  assert.deepEqual(queue.all().toSorted(), ["a2", "a3", "c1", "c2"]);
  assert.deepEqual(queue.take(2), ["c1", "a2"]);
  queue.add(1, "b", "b2");
  assert.deepEqual(queue.take(10), ["c2", "a3", "b2"]);
});
