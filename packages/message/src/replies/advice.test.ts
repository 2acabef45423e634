import assert from "node:assert/strict";
import { test } from "node:test";
import { adviceOn } from "./advice.ts";
import { FAILURE_CLASS_NAMES, failureKind, SENDGRID_BOUNCE_CLASSES } from "./failure-class.ts";

test("every class has one sentence of its own, and a name in the terms of others", () => {
  const told = new Set<string>();
  for (const name of FAILURE_CLASS_NAMES) {
    const advice = adviceOn(name);
    assert.match(advice, /^[A-Z][^.]+\.$/, name);
    assert.ok(!told.has(advice), name);
    told.add(advice);
    assert.ok(SENDGRID_BOUNCE_CLASSES.includes(failureKind(name).sendgrid), name);
    assert.match(failureKind(name).kumomta, /^[A-Z][A-Za-z]+$/, name);
  }
});

test("only what is known of the address keeps further mail back", () => {
  assert.deepEqual(
    FAILURE_CLASS_NAMES.filter((name) => failureKind(name).verdict !== "blocked"),
    ["invalid-recipient", "malformed-address", "bad-domain", "mailbox-moved", "inactive-mailbox"],
  );
});
