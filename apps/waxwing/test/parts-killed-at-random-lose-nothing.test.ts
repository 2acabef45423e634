import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertNothingLost, runCrashes } from "./crash/run-crashes.ts";

suite("workers, API, PostgreSQL and Redis killed at random under load", { timeout: 180_000 }, () => {
  test("what was accepted is delivered or bounced, and the journal explains what came twice", async () => {
    const report = await runCrashes({
      seed: 20_261_123,
      kills: 4,
      senders: 5,
      betweenMs: { least: 100, most: 500 },
      drainMs: 90_000,
    });
    assertNothingLost(report);
    assert.ok(report.accepted > 50 && report.bounced > 0, JSON.stringify(report));
  });
});
