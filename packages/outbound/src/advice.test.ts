import assert from "node:assert/strict";
import { test } from "node:test";
import { RECIPIENT_STATES } from "@waxwing/store";
import { attemptAdvice, recipientAdvice } from "./advice.ts";

test("whatever has gone wrong comes with one sentence, and what has not with none", () => {
  const fate = { failure: "mailbox-full", suppressed: false };
  for (const state of RECIPIENT_STATES) {
    const advice = recipientAdvice({ ...fate, state });
    if (["queued", "delivered", "cancelled"].includes(state)) assert.equal(advice, null, state);
    else assert.match(advice ?? "", /^[A-Z][^.]+\.$/, state);
  }
  assert.equal(recipientAdvice({ ...fate, state: "sending", failure: null }), null);
  assert.match(recipientAdvice({ ...fate, state: "bounced", failure: null }) ?? "", /no known reason/);
  assert.match(recipientAdvice({ ...fate, state: "dropped", suppressed: true }) ?? "", /suppressed/);
});

test("an attempt without an answer says that it may have arrived", () => {
  assert.equal(attemptAdvice({ outcome: "delivered", class: null }), null);
  assert.match(attemptAdvice({ outcome: "unknown", class: "connection-lost" }) ?? "", /twice/);
  assert.match(attemptAdvice({ outcome: "deferred", class: "greylisted" }) ?? "", /puts off/);
  // A row that a later version wrote.
  assert.equal(attemptAdvice({ outcome: "deferred", class: "constructor" }), null);
});
