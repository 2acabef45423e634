import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDateTime, headerDate, parseDateTime, parseSearchDate } from "./imap-date.ts";

test("date-time is read with its zone and written in UTC", () => {
  const date = parseDateTime("17-Jul-1996 02:44:25 -0700");
  assert.equal(date?.toISOString(), "1996-07-17T09:44:25.000Z");
  assert.equal(formatDateTime(new Date("2026-03-04T05:06:07Z")), '" 4-Mar-2026 05:06:07 +0000"');
  assert.equal(parseDateTime(" 4-Mar-2026 05:06:07 +0000")?.toISOString(), "2026-03-04T05:06:07.000Z");
});

for (const text of [
  "",
  "4-Mar-2026",
  "31-Feb-2026 00:00:00 +0000",
  "01-Foo-2026 00:00:00 +0000",
  "01-Jan-2026 25:00:00 +0000",
]) {
  test(`${JSON.stringify(text)} is no date-time`, () => assert.equal(parseDateTime(text), null));
}

test("search dates", () => {
  assert.equal(parseSearchDate("1-Feb-1994"), "1994-02-01");
  assert.equal(parseSearchDate("30-feb-1994"), null);
});

const HEADER_DATES: readonly (readonly [field: string, date: string | null])[] = [
  ["Wed, 4 Mar 2026 23:59:59 -1100", "2026-03-04"],
  ["4 March 2026 10:00", "2026-03-04"],
  ["04 Mar 26 10:00:00 GMT", "2026-03-04"],
  ["4 Mar 99 10:00:00 GMT", "1999-03-04"],
  ["nonsense", null],
];
for (const [field, date] of HEADER_DATES) {
  test(`the Date field ${field}`, () => assert.equal(headerDate(field), date));
}
