import assert from "node:assert/strict";
import { mock, suite, test } from "node:test";
import { createDeadline } from "./deadline.ts";

suite("a deadline", () => {
  /** `performance.now()` and the timers, moved together. */
  function clock(): { readonly pass: (ms: number) => void; [Symbol.dispose](): void } {
    let nowMs = 0;
    const now = mock.method(performance, "now", () => nowMs);
    mock.timers.enable({ apis: ["setTimeout"] });
    return {
      pass: (ms) => {
        nowMs += ms;
        mock.timers.tick(ms);
      },
      [Symbol.dispose]: () => {
        mock.timers.reset();
        now.mock.restore();
      },
    };
  }

  test("passes once, at its time", () => {
    using time = clock();
    let late = 0;
    const deadline = createDeadline(() => late++);
    deadline.set(100);
    time.pass(99);
    assert.equal(late, 0);
    time.pass(1);
    assert.equal(late, 1);
    time.pass(1_000);
    assert.equal(late, 1);
  });

  test("moved on it passes at the later time, moved forward at the earlier one", () => {
    using time = clock();
    let late = 0;
    const deadline = createDeadline(() => late++);
    deadline.set(100);
    time.pass(50);
    deadline.set(100);
    time.pass(90);
    assert.equal(late, 0);
    deadline.set(10);
    time.pass(10);
    assert.equal(late, 1);
  });

  test("cleared or disposed of it never passes", () => {
    using time = clock();
    let late = 0;
    const cleared = createDeadline(() => late++);
    const disposed = createDeadline(() => late++);
    cleared.set(100);
    disposed.set(100);
    cleared.clear();
    disposed[Symbol.dispose]();
    time.pass(1_000);
    assert.equal(late, 0);
    cleared.set(100);
    time.pass(100);
    assert.equal(late, 1);
  });
});
