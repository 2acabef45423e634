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
  const long = keptConversation({ text: () => `connected${"x".repeat(50_000)}250 Ok` }) ?? "";
  assert.equal(long.length, 16_384);
  assert.match(long, /^connected.*left out here.*250 Ok$/s);
  assert.ok(kept?.isWellFormed());
});
