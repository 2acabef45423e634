import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { decide } from "./decide.ts";

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 0, 1);
const base = {
  nowMs: NOW,
  startedAtMs: NOW,
  expiresAtMs: null,
  maxAgeMs: 72 * 60 * MINUTE,
  retryScheduleMs: [MINUTE, 5 * MINUTE, 30 * MINUTE],
  random: () => 0.5,
};
const deferred = { kind: "deferred", retry: "later" } as const;

suite("decide", () => {
  test("delivered is delivered", () => {
    assert.deepEqual(decide({ ...base, attempt: 1, outcome: { kind: "delivered", retry: "never" } }), {
      kind: "delivered",
    });
  });

  test("never bounces at once, whatever the age", () => {
    assert.deepEqual(decide({ ...base, attempt: 1, outcome: { kind: "bounced", retry: "never" } }), {
      kind: "bounced",
      type: "permanent",
    });
  });

  const waits: readonly (readonly [attempt: number, waitMs: number])[] = [
    [1, MINUTE],
    [2, 5 * MINUTE],
    [3, 30 * MINUTE],
    [4, 30 * MINUTE],
    [40, 30 * MINUTE],
  ];
  for (const [attempt, waitMs] of waits) {
    test(`attempt ${attempt} waits ${waitMs / MINUTE} minutes`, () => {
      assert.deepEqual(decide({ ...base, attempt, outcome: deferred }), {
        kind: "deferred",
        dueAtMs: NOW + waitMs,
      });
    });
  }

  test("waits are spread by a tenth either way", () => {
    const at = (random: number) => decide({ ...base, attempt: 1, outcome: deferred, random: () => random });
    assert.deepEqual(at(0), { kind: "deferred", dueAtMs: NOW + 0.9 * MINUTE });
    assert.deepEqual(at(1), { kind: "deferred", dueAtMs: NOW + 1.1 * MINUTE });
  });

  test("the last wait ends with the message's life, and then it bounces", () => {
    const startedAtMs = NOW - base.maxAgeMs + MINUTE / 2;
    assert.deepEqual(decide({ ...base, startedAtMs, attempt: 9, outcome: deferred }), {
      kind: "deferred",
      dueAtMs: NOW + MINUTE / 2,
    });
    assert.deepEqual(decide({ ...base, startedAtMs: NOW - base.maxAgeMs, attempt: 10, outcome: deferred }), {
      kind: "bounced",
      type: "timeout",
    });
  });

  test("a time to live ends it as expired", () => {
    const expiresAtMs = NOW + 10_000;
    assert.deepEqual(decide({ ...base, expiresAtMs, attempt: 1, outcome: deferred }), {
      kind: "deferred",
      dueAtMs: expiresAtMs,
    });
    assert.deepEqual(decide({ ...base, expiresAtMs: NOW, attempt: 1, outcome: deferred }), {
      kind: "expired",
    });
  });

  test("an unknown outcome is tried again: losing mail is worse than sending it twice", () => {
    const unknown = { kind: "unknown", retry: "later" } as const;
    assert.equal(decide({ ...base, attempt: 1, outcome: unknown }).kind, "deferred");
  });
});
