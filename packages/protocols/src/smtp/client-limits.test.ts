import assert from "node:assert/strict";
import { test } from "node:test";
import { clientOf, createClientWatch, type SmtpClientLimits } from "./client-limits.ts";

const limits: SmtpClientLimits = {
  connections: 2,
  connectionsPerMinute: 10,
  messagesPerMinute: 3,
  recipientsPerMinute: 5,
  errorsPerMinute: 2,
  isExempt: (address) => address === "127.0.0.1",
};

const open = () => {
  const clock = { now: 0 };
  const watch = createClientWatch(limits, () => clock.now);
  const enter = (address = "192.0.2.1") => {
    const answer = watch.enter(address);
    assert.equal(answer.kind, "ok");
    return answer.kind === "ok" ? answer.visit : assert.fail();
  };
  return { clock, watch, enter };
};

test("a client is an IPv4 address or a /64", () => {
  const cases = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2::9", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
    ["1::", "1:0:0:0::/64"],
  ] as const;
  for (const [address, client] of cases) assert.equal(clientOf(address), client, address);
});

test("connections at one time are counted for a client and given back once", () => {
  const { watch, enter } = open();
  const first = enter("2001:db8::1");
  enter("2001:db8::2");
  const third = watch.enter("2001:db8::3");
  assert.ok(third.kind === "refuse" && third.code === 421);
  enter("2001:db8:0:1::1");
  first.leave();
  first.leave();
  enter("2001:db8::3");
  assert.equal(watch.enter("2001:db8::4").kind, "refuse");
});

test("each rate has room for a minute's worth, which comes back evenly", () => {
  const { clock, enter } = open();
  const visit = enter();
  assert.deepEqual(
    [1, 2, 3, 4].map(() => visit.count("message")),
    [true, true, true, false],
  );
  assert.equal(visit.count("recipient"), true, "another rate");
  clock.now += 20_000;
  assert.deepEqual([visit.count("message"), visit.count("message")], [true, false]);
});

test("connections too fast, or after too many errors, are refused until room is back", () => {
  const { clock, watch, enter } = open();
  for (let n = 0; n < 10; n += 1) enter().leave();
  assert.equal(watch.enter("192.0.2.1").kind, "refuse");
  clock.now += 60_000;
  const visit = enter();
  assert.deepEqual(
    [1, 2, 3].map(() => visit.count("error")),
    [true, true, false],
  );
  visit.leave();
  const refused = watch.enter("192.0.2.1");
  assert.ok(refused.kind === "refuse" && refused.enhanced === "4.7.0");
  enter("192.0.2.2");
  clock.now += 30_000;
  enter();
});

test("who is exempt is not counted, and a flood of addresses takes no memory", () => {
  const { watch, enter } = open();
  for (let n = 0; n < 100; n += 1) enter("127.0.0.1");
  const stays = enter("192.0.2.1");
  stays.count("message");
  for (let n = 0; n < 60_000; n += 1) enter(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`).leave();
  enter("192.0.2.1");
  assert.equal(watch.enter("192.0.2.1").kind, "refuse", "who is connected is not forgotten");
});
