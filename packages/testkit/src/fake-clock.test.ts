import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock } from "./fake-clock.ts";

test("sleepers wake in the order of their times and see their own time", async () => {
  const clock = createFakeClock(1_000);
  const seen: string[] = [];
  const sleepers = [30, 10, 20].map(async (ms) => {
    await clock.sleep(ms);
    seen.push(`${ms} at ${clock.now()}`);
  });
  await clock.advance(25);
  assert.deepEqual(seen, ["10 at 1010", "20 at 1020"]);
  assert.equal(clock.now(), 1_025);
  await clock.advance(5);
  await Promise.all(sleepers);
  assert.deepEqual(seen.at(-1), "30 at 1030");
});

test("a loop that sleeps again and again runs as often as the time allows", async () => {
  const clock = createFakeClock();
  const stopping = new AbortController();
  let rounds = 0;
  const loop = (async () => {
    for (;;) {
      await clock.sleep(10, stopping.signal);
      rounds++;
    }
  })();
  await clock.advance(95);
  assert.equal(rounds, 9);
  const reason = new Error("enough");
  stopping.abort(reason);
  await assert.rejects(loop, reason);
  assert.equal(clock.sleepers(), 0);
});

test("whenSleeping waits for the code under test to get there", async () => {
  const clock = createFakeClock();
  const there = clock.whenSleeping(2);
  const both = Promise.all([clock.sleep(1), clock.sleep(2)]);
  await there;
  await clock.advance(2);
  await both;
});

test("an aborted signal rejects at once", async () => {
  const clock = createFakeClock();
  await assert.rejects(clock.sleep(1, AbortSignal.abort(new Error("no"))), /no/);
});
