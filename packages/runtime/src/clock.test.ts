import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "./clock.ts";

test("a sleep ends with the signal's own reason", async () => {
  const stopping = new AbortController();
  const reason = new Error("stop");
  const sleeping = systemClock.sleep(2 ** 40, stopping.signal);
  stopping.abort(reason);
  await assert.rejects(sleeping, reason);
  await assert.rejects(systemClock.sleep(0, stopping.signal), reason);
});

test("a sleep of no time and of negative time ends", async () => {
  await systemClock.sleep(0);
  await systemClock.sleep(-5);
});
