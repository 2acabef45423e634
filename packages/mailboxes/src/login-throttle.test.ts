import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock } from "@waxwing/testkit";
import { createLoginThrottle } from "./login-throttle.ts";

const fail = (
  throttle: ReturnType<typeof createLoginThrottle>,
  times: number,
  address: string,
  name: string,
) => {
  for (let n = 0; n < times; n++) throttle.failed(address, name);
};

test("who fails too often for one account waits five minutes; others do not", async () => {
  const clock = createFakeClock();
  const throttle = createLoginThrottle({ clock });
  fail(throttle, 19, "192.0.2.1", "Ann@x.test");
  assert.ok(!throttle.isBlocked("192.0.2.1", "ann@x.test"));
  fail(throttle, 1, "192.0.2.1", "ann@X.test");
  assert.ok(throttle.isBlocked("192.0.2.1", "ann@x.test"));
  assert.ok(!throttle.isBlocked("192.0.2.1", "bob@x.test"));
  assert.ok(!throttle.isBlocked("192.0.2.2", "ann@x.test"));
  await clock.advance(5 * 60_000);
  assert.ok(!throttle.isBlocked("192.0.2.1", "ann@x.test"));
});

test("who tries many accounts is stopped by address, and a /64 is one address", () => {
  const throttle = createLoginThrottle({ clock: createFakeClock() });
  for (let n = 0; n < 100; n++) throttle.failed(`2001:db8:0:1::${n.toString(16)}`, `user${n}@x.test`);
  assert.ok(throttle.isBlocked("2001:db8:0:1:ffff::1", "new@x.test"));
  assert.ok(!throttle.isBlocked("2001:db8:0:2::1", "new@x.test"));
  assert.ok(!throttle.isBlocked("::ffff:192.0.2.1", "new@x.test"));
});

test("who guesses one account from many addresses stops it for all, for five minutes", async () => {
  const clock = createFakeClock();
  const throttle = createLoginThrottle({ clock });
  for (let n = 0; n < 200; n++) throttle.failed(`192.0.2.${n}`, "ann@x.test");
  assert.ok(throttle.isBlocked("198.51.100.1", "Ann@x.test"));
  assert.ok(!throttle.isBlocked("198.51.100.1", "bob@x.test"));
  await clock.advance(5 * 60_000);
  assert.ok(!throttle.isBlocked("198.51.100.1", "ann@x.test"));
});

test("thousands of made-up names push no counter out before its time", () => {
  const throttle = createLoginThrottle({ clock: createFakeClock() });
  fail(throttle, 100, "192.0.2.1", "ann@x.test");
  for (let n = 0; n < 5_000; n++) throttle.failed("192.0.2.9", `user${n}@x.test`);
  assert.ok(throttle.isBlocked("192.0.2.1", "bob@x.test"));
});
