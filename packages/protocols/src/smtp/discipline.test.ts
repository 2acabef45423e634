import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { createDiscipline } from "./discipline.ts";
import { defaultSmtpLimits } from "./limits.ts";

const limits = { ...defaultSmtpLimits, maxRecipients: 10 };

test("time is up only for the client", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let busy = true;
  const overdue = mock.fn();
  const discipline = createDiscipline(limits, () => busy, overdue);
  discipline.await("command");
  t.mock.timers.tick(limits.commandTimeoutMs);
  assert.equal(overdue.mock.callCount(), 0, "the backend was busy");
  busy = false;
  t.mock.timers.tick(limits.commandTimeoutMs - 1);
  discipline.await("data");
  t.mock.timers.tick(limits.dataTimeoutMs - 1);
  assert.equal(overdue.mock.callCount(), 0, "the clock began anew");
  t.mock.timers.tick(1);
  assert.equal(overdue.mock.callCount(), 1);
  discipline.await("handshake");
  discipline.pause();
  t.mock.timers.tick(limits.handshakeTimeoutMs);
  assert.equal(overdue.mock.callCount(), 1, "nothing was owed");
});

test("errors and failed logins are counted, refused recipients are not", () => {
  const errors = createDiscipline(
    limits,
    () => false,
    () => undefined,
  );
  for (let n = 1; n < limits.badCommands; n += 1) assert.equal(errors.replied(500), null);
  for (const code of [550, 452, 250, 354]) assert.equal(errors.replied(code), null);
  assert.equal(errors.replied(501)?.code, 421);
  const logins = createDiscipline(
    limits,
    () => false,
    () => undefined,
  );
  assert.deepEqual(
    [535, 535, 535].map((code) => logins.replied(code)?.code),
    [undefined, undefined, 421],
  );
});

test("commands without a message run out, a message renews them", () => {
  const discipline = createDiscipline(
    limits,
    () => false,
    () => undefined,
  );
  const allowed = limits.idleCommands + limits.maxRecipients;
  for (let n = 1; n < allowed; n += 1) assert.equal(discipline.command(), true);
  discipline.accepted();
  for (let n = 1; n <= allowed; n += 1) assert.equal(discipline.command(), true);
  assert.equal(discipline.command(), false);
});

test("a client that stays too long is told to end, and is cut off when it does not", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const outstayed = mock.fn();
  const leave = mock.fn();
  const discipline = createDiscipline(
    limits,
    () => false,
    () => undefined,
    outstayed,
  );
  discipline.begin({ count: () => true, leave });
  t.mock.timers.tick(limits.sessionTimeoutMs);
  t.mock.timers.tick(limits.dataTimeoutMs);
  assert.deepEqual(
    outstayed.mock.calls.map(({ arguments: [how] }) => how),
    ["end", "cut"],
  );
  discipline.end();
  assert.equal(leave.mock.callCount(), 1);
});
