import assert from "node:assert/strict";
import { test } from "node:test";
import { createConversationBudget, keptConversation } from "./kept-conversation.ts";

test("so many successes a second are kept, and no more", () => {
  const mayKeep = createConversationBudget();
  const keptIn = (second: number): number =>
    Array.from({ length: 80 }, () => mayKeep(second * 1_000 + 5)).filter(Boolean).length;
  assert.deepEqual([keptIn(1), keptIn(2)], [50, 50]);
});

test("what is kept is bounded and can be stored, wherever it was cut", () => {
  assert.equal(keptConversation(null), null);
  const kept = keptConversation({ text: () => `${"x".repeat(16_383)}\u{1F600}` });
  assert.equal(kept?.length, 16_384);
  assert.ok(kept?.isWellFormed());
});
