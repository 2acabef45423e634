import assert from "node:assert/strict";
import { test } from "node:test";
import { retryHintMs } from "./retry-hint.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

test("what a server asks to wait is read, and nothing else", () => {
  const hints: readonly (readonly [reply: string, ms: number | null])[] = [
    ["451 4.7.1 Greylisted, please try again in 300 seconds", 300 * SECOND],
    ["450 4.2.0 Greylisted for 5 minutes", 5 * MINUTE],
    ["451 4.7.1 Greylisting in action, please come back in 00:04:59", 299 * SECOND],
    ["450 Try again after 60s", MINUTE],
    ["451 please wait 10 min and retry", 10 * MINUTE],
    ["421 4.7.0 blocked for 1 hour", 60 * MINUTE],
    ["451 retry after 120", 120 * SECOND],
    ["451 Retry-After: 90", 90 * SECOND],
    ["450 greylisted, try in at least 2 minutes", 2 * MINUTE],
    ["451 come back in\r\n5 minutes", 5 * MINUTE],
    ["451 come back in 0 seconds", SECOND],
    ["451 come back in 999999 hours", 24 * 60 * MINUTE],
    ["451 try again later", null],
    ["450 4.2.2 mailbox over quota, 300 messages in 5 folders", null],
    ["421 Timeout at 12:04:05", null],
    ["452 limit of 100 messages per hour", null],
    ["", null],
  ];
  for (const [reply, ms] of hints) assert.equal(retryHintMs(reply), ms, reply);
});
