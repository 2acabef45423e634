import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredOptions } from "@waxwing/store";
import type { DeliveryOutcome } from "../outcome.ts";
import { decodeXtext, dueReport, warnedAttempt } from "./due-report.ts";

type Notify = NonNullable<StoredOptions["dsn"]>["recipients"][number]["notify"];

const HOUR = 3_600_000;
const SCHEDULE = [60_000, 300_000, 900_000, 1_800_000, HOUR, 2 * HOUR];

const recipientWith = (notify: Notify, attempt = 1, interrupted = false) => ({
  ordinal: 0,
  address: "bob@example.test",
  attempt,
  interrupted,
  options: { dsn: { returnTo: "shop@waxwing.test", recipients: [{ ordinal: 0, notify }] } },
});
const outcome: DeliveryOutcome = {
  kind: "deferred",
  retry: "later",
  replyCode: 451,
  enhancedCode: "4.3.0",
  reply: "451 4.3.0 later",
  host: "mx.example.test",
  remoteAddress: null,
  tls: null,
  rule: "reply.4xx",
  remoteSpoke: true,
  conversation: null,
};
const bounced = {
  outcome: { ...outcome, kind: "bounced", retry: "never", enhancedCode: "5.1.1" },
  decision: { kind: "bounced", type: "permanent" },
} as const;
const delivered = {
  outcome: { ...outcome, kind: "delivered", retry: "never", enhancedCode: "2.0.0" },
  decision: { kind: "delivered" },
} as const;
const tooLate = { outcome, decision: { kind: "bounced", type: "timeout" } } as const;
const deferred = { outcome, decision: { kind: "deferred", dueAtMs: 0 } } as const;

const cases: readonly (readonly [
  title: string,
  notify: Notify,
  result: Parameters<typeof dueReport>[1],
  expected: string | null,
])[] = [
  ["a failure by default", [], bounced, "failed 5.1.1"],
  ["a failure that was given up says so, not what was said last", [], tooLate, "failed 5.4.7"],
  ["no success by default", [], delivered, null],
  ["a success", ["success"], delivered, "relayed 2.0.0"],
  ["only a success", ["success"], bounced, null],
  ["never", ["never"], bounced, null],
  ["an expired message", ["failure"], { state: "expired", reason: "late" }, "failed 5.4.7"],
  ["a suppressed address", [], { state: "dropped", reason: "suppressed" }, "failed 5.7.1"],
  ["what the application cancelled", ["failure"], { state: "cancelled", reason: "" }, null],
  ["a first deferral", ["delay"], deferred, null],
];
for (const [title, notify, result, expected] of cases) {
  test(title, () => {
    const report = dueReport(recipientWith(notify), result, SCHEDULE);
    assert.equal(report === null ? null : `${report.action} ${report.status}`, expected);
  });
}

test("without a return address nothing is reported", () => {
  assert.equal(dueReport({ ...recipientWith([]), options: {} }, bounced, SCHEDULE), null);
});

test("a delay is reported at one attempt, or the next where that one was lost", () => {
  const reportAt = (attempt: number, interrupted: boolean) =>
    dueReport(recipientWith(["delay"], attempt, interrupted), deferred, SCHEDULE)?.action ?? null;
  // 1 + 5 + 15 + 30 minutes are less than an hour.
  assert.equal(warnedAttempt(SCHEDULE), 6);
  assert.deepEqual(
    [5, 6, 7].map((attempt) => reportAt(attempt, false)),
    [null, "delayed", null],
  );
  assert.equal(reportAt(7, true), "delayed");
  assert.equal(warnedAttempt([HOUR]), 2);
  assert.equal(warnedAttempt([600_000]), 7);
});

test("xtext is decoded", () => {
  assert.equal(decodeXtext("rfc822;a+2Bb+3Dc@example.test"), "rfc822;a+b=c@example.test");
});
