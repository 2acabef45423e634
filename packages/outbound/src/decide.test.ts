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
const judgement = { class: "mailbox-unavailable", retry: "later", hintMs: null } as const;
const deferred = { outcome: { kind: "deferred" }, judgement } as const;

suite("decide", () => {
  test("delivered is delivered", () => {
    assert.deepEqual(decide({ ...base, attempt: 1, outcome: { kind: "delivered" }, judgement: null }), {
      kind: "delivered",
    });
  });

  test("never bounces at once, whatever the age", () => {
    assert.deepEqual(
      decide({
        ...base,
        attempt: 1,
        outcome: { kind: "bounced" },
        judgement: { ...judgement, retry: "never" },
      }),
      {
        kind: "bounced",
        type: "permanent",
      },
    );
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
      assert.deepEqual(decide({ ...base, attempt, ...deferred }), {
        kind: "deferred",
        dueAtMs: NOW + waitMs,
      });
    });
  }

  test("waits are spread by a tenth either way", () => {
    const at = (random: number) => decide({ ...base, attempt: 1, ...deferred, random: () => random });
    assert.deepEqual(at(0), { kind: "deferred", dueAtMs: NOW + 0.9 * MINUTE });
    assert.deepEqual(at(1), { kind: "deferred", dueAtMs: NOW + 1.1 * MINUTE });
  });

  test("the last wait ends with the message's life, and then it bounces", () => {
    const startedAtMs = NOW - base.maxAgeMs + MINUTE / 2;
    assert.deepEqual(decide({ ...base, startedAtMs, attempt: 9, ...deferred }), {
      kind: "deferred",
      dueAtMs: NOW + MINUTE / 2,
    });
    assert.deepEqual(decide({ ...base, startedAtMs: NOW - base.maxAgeMs, attempt: 10, ...deferred }), {
      kind: "bounced",
      type: "timeout",
    });
  });

  test("a time to live ends it as expired", () => {
    const expiresAtMs = NOW + 10_000;
    assert.deepEqual(decide({ ...base, expiresAtMs, attempt: 1, ...deferred }), {
      kind: "deferred",
      dueAtMs: expiresAtMs,
    });
    assert.deepEqual(decide({ ...base, expiresAtMs: NOW, attempt: 1, ...deferred }), {
      kind: "expired",
    });
  });

  test("an unknown outcome is tried again: losing mail is worse than sending it twice", () => {
    const unknown = { kind: "unknown" } as const;
    assert.equal(decide({ ...base, attempt: 1, outcome: unknown, judgement }).kind, "deferred");
  });

  test("a server that names a time gets it, and a little more", () => {
    const wait = (attempt: number, hintMs: number, random = 0.5): number => {
      const told = { ...deferred, judgement: { ...judgement, hintMs } };
      const decision = decide({ ...base, ...told, attempt, random: () => random });
      return decision.kind === "deferred" ? decision.dueAtMs - NOW : 0;
    };
    assert.equal(wait(1, 5 * MINUTE, 0), 5 * MINUTE, "never before that");
    assert.equal(wait(1, 5 * MINUTE, 1), 5.5 * MINUTE);
    assert.equal(wait(3, 1_000), 1_050, "sooner than planned, too");
    assert.equal(wait(4, 1_000), 30 * MINUTE, "but not for ever");
    assert.equal(wait(4, 120 * MINUTE), 126 * MINUTE);
  });

  test("greylisting is come back to as soon as the schedule has it", () => {
    const greylisted = { ...judgement, class: "greylisted" } as const;
    const schedule = { retryScheduleMs: [10 * MINUTE, MINUTE, 30 * MINUTE] };
    const at = (attempt: number) =>
      decide({ ...base, ...schedule, outcome: { kind: "deferred" }, judgement: greylisted, attempt });
    assert.deepEqual(at(1), { kind: "deferred", dueAtMs: NOW + MINUTE });
    assert.deepEqual(at(3), { kind: "deferred", dueAtMs: NOW + 30 * MINUTE });
  });

  test("a wait that was asked for does not outlive the message", () => {
    const told = { ...deferred, judgement: { ...judgement, hintMs: 24 * 60 * MINUTE } };
    const expiresAtMs = NOW + MINUTE;
    assert.deepEqual(decide({ ...base, ...told, expiresAtMs, attempt: 1 }), {
      kind: "deferred",
      dueAtMs: expiresAtMs,
    });
  });
});
