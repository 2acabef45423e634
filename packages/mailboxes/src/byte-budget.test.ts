import assert from "node:assert/strict";
import { test } from "node:test";
import { createByteBudget } from "./byte-budget.ts";

test("bytes are given out in the order of asking, and more than all count as all", async () => {
  const budget = createByteBudget(100);
  const order: string[] = [];
  const first = await budget.take(60);
  const second = budget.take(1_000).then((release) => {
    order.push("second");
    return release;
  });
  const third = budget.take(10).then((release) => {
    order.push("third");
    return release;
  });
  first();
  first();
  (await second)();
  (await third)();
  assert.deepEqual(order, ["second", "third"]);
  (await budget.take(100))();
});
