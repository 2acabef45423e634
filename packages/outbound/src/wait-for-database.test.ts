import assert from "node:assert/strict";
import { test } from "node:test";
import { waitForDatabase } from "./wait-for-database.ts";

const away = (): Error => Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });

/** A clock that sleeping moves. */
function clockOfSleeps() {
  const sleeps: number[] = [];
  let nowMs = 0;
  return {
    sleeps,
    now: () => nowMs,
    sleep: async (ms: number) => {
      sleeps.push(ms);
      nowMs += ms;
    },
  };
}

test("a database that is away is waited for, in longer and longer pauses", async () => {
  const clock = clockOfSleeps();
  let attempts = 0;
  const result = await waitForDatabase(clock, async () => {
    attempts++;
    if (attempts <= 7) throw away();
    return "there";
  });
  assert.equal(result, "there");
  assert.deepEqual(clock.sleeps, [50, 100, 200, 400, 800, 1_000, 1_000]);
});

test("it is given up after two minutes, at once for another error, and by who is told to stop", async () => {
  const clock = clockOfSleeps();
  const isAway = () => Promise.reject(away());
  await assert.rejects(waitForDatabase(clock, isAway), /ECONNREFUSED/);
  assert.ok(clock.now() > 120_000 && clock.now() < 122_000, String(clock.now()));
  const asked = clock.sleeps.length;
  await assert.rejects(
    waitForDatabase(clock, () => Promise.reject(new Error("a bug"))),
    /a bug/,
  );
  await assert.rejects(waitForDatabase(clock, isAway, AbortSignal.abort()), /ECONNREFUSED/);
  assert.equal(clock.sleeps.length, asked);
});
