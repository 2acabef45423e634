import assert from "node:assert/strict";
import { test } from "node:test";
import { daysBetween, periodStarts, readDay } from "./stats-period.ts";

const days = [
  ["2026-02-28", "2026-02-28"],
  ["2024-02-29", "2024-02-29"],
  ["2026-02-29", null],
  ["2026-2-1", null],
  ["2026-13-01", null],
  ["20260101", null],
  ["0000-01-01", null],
  ["", null],
  [20260101, null],
] as const;
for (const [text, day] of days) {
  test(`the day ${JSON.stringify(text)}`, () => assert.equal(readDay(text), day));
}

const periods = [
  ["2026-01-30", "2026-02-02", "day", ["2026-01-30", "2026-01-31", "2026-02-01", "2026-02-02"]],
  // 1 January 2026 is a Thursday; its week is the first of the year and begins in the old one.
  ["2026-01-01", "2026-01-05", "week", ["2025-12-29", "2026-01-05"]],
  ["2026-01-04", "2026-01-04", "week", ["2025-12-29"]],
  ["2025-12-31", "2026-01-01", "month", ["2025-12-01", "2026-01-01"]],
  [
    "2026-01-01",
    "2026-01-01",
    "hour",
    Array.from({ length: 24 }, (_, hour) => `2026-01-01T${String(hour).padStart(2, "0")}:00:00Z`),
  ],
] as const;
for (const [from, to, by, starts] of periods) {
  test(`the periods by ${by} from ${from} to ${to}`, () =>
    assert.deepEqual(periodStarts(from, to, by), starts));
}

test("days are counted with both ends", () => {
  assert.equal(daysBetween("2026-01-01", "2026-01-01"), 1);
  assert.equal(daysBetween("2025-12-31", "2026-02-01"), 33);
});
