import assert from "node:assert/strict";
import { test } from "node:test";
import { createIpFilter, isRangeWithin, parseIpRange } from "./ip-range.ts";

for (const text of ["192.0.2.1", "192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32", "::1"]) {
  test(`${text} is a range`, () => assert.equal(parseIpRange(text).kind, "ok"));
}
for (const text of [
  "",
  "x",
  "192.0.2",
  "192.0.2.1/33",
  "::/129",
  "1.2.3.4/",
  "1.2.3.4/8/8",
  "fe80::1%eth0",
  "1.2.3.4/-1",
]) {
  test(`${JSON.stringify(text)} is not a range`, () => assert.equal(parseIpRange(text).kind, "bad"));
}

test("addresses are found in their range, mapped ones too", () => {
  const within = createIpFilter(["192.0.2.0/24", "2001:db8::/32"]);
  assert.deepEqual(
    ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8::9", "192.0.3.1", "2001:db9::1", "", "x"].map(within),
    [true, true, true, false, false, false, false],
  );
});

test("a range lies within a wider one of its family only", () => {
  assert.ok(isRangeWithin("192.0.2.128/25", ["10.0.0.0/8", "192.0.2.0/24"]));
  assert.ok(isRangeWithin("192.0.2.1", ["192.0.2.1"]));
  assert.ok(!isRangeWithin("192.0.0.0/16", ["192.0.2.0/24"]));
  assert.ok(!isRangeWithin("::/0", ["0.0.0.0/0"]));
});
