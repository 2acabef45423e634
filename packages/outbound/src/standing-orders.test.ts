import assert from "node:assert/strict";
import { test } from "node:test";
import { standingOrder } from "./standing-orders.ts";

const NOW = 1_000;
const CLEAR = { suppressed: null, expiresAtMs: null, batchStatus: null } as const;

const cases = [
  ["nothing stands against it", {}, null],
  ["a suppressed address is dropped", { suppressed: "bounced" }, "dropped"],
  ["what is too late expires", { expiresAtMs: NOW }, "expired"],
  ["what is not too late yet is tried", { expiresAtMs: NOW + 1 }, null],
  ["a paused batch waits", { batchStatus: "pause" }, "put-off"],
  ["a suppressed address waits with its batch", { batchStatus: "pause", suppressed: "bounced" }, "put-off"],
  ["a pause does not outlast the message", { batchStatus: "pause", expiresAtMs: NOW }, "expired"],
  ["a pause that lasts too long ends it", { batchStatus: "expired" }, "expired"],
  ["a cancelled batch goes before all else", { batchStatus: "cancel", expiresAtMs: NOW }, "cancelled"],
] as const;

for (const [name, change, expected] of cases) {
  test(name, () => {
    const order = standingOrder({ ...CLEAR, ...change }, NOW);
    assert.equal(order?.kind === "end" ? order.state : (order?.kind ?? null), expected);
  });
}
