import assert from "node:assert/strict";
import { test } from "node:test";
import { removeSpoofedAuthenticationResults } from "./remove-spoofed.ts";

const ours = "mx.waxwing.test";
const removed: readonly string[] = [
  "Authentication-Results: mx.waxwing.test; spf=pass",
  "authentication-results:MX.Waxwing.Test;\r\n dkim=pass",
  "AUTHENTICATION-RESULTS : mx.waxwing.test 1; none",
  "Authentication-Results: (a (nested) comment) mx.waxwing.test; none",
  'Authentication-Results: "mx.waxwing.test"; none',
  'Authentication-Results: "mx\\.waxwing.test"; none',
  "Authentication-Results:\r\n\tmx.waxwing.test.; none",
  "Authentication-Results: mx.waxwing.test(comment); none",
];
for (const field of removed) {
  test(`removed: ${JSON.stringify(field)}`, () => {
    const raw = Buffer.from(`From: a@b.test\r\n${field}\r\nSubject: x\r\n${field}\r\n\r\n${field}\r\n`);
    assert.equal(
      removeSpoofedAuthenticationResults(raw, ours).toString(),
      `From: a@b.test\r\nSubject: x\r\n\r\n${field}\r\n`,
    );
  });
}

const kept: readonly string[] = [
  "Authentication-Results: mx.other.test; spf=pass",
  "Authentication-Results: notmx.waxwing.test; spf=pass",
  "ARC-Authentication-Results: i=1; mx.waxwing.test; spf=pass",
  "X-Authentication-Results: mx.waxwing.test; spf=pass",
  "Authentication-Results-X: mx.waxwing.test; spf=pass",
];
for (const field of kept) {
  test(`kept: ${field}`, () => {
    const raw = Buffer.from(`${field}\r\n\r\nbody`);
    assert.equal(removeSpoofedAuthenticationResults(raw, ours), raw);
  });
}

test("the first field, the last without a body, and thousands of them are removed", () => {
  const field = "Authentication-Results: mx.waxwing.test; none\r\n";
  assert.equal(removeSpoofedAuthenticationResults(Buffer.from(field), ours).toString(), "");
  const many = Buffer.from(`${field.repeat(20_000)}Subject: x\r\n\r\n`);
  assert.equal(removeSpoofedAuthenticationResults(many, ours).toString(), "Subject: x\r\n\r\n");
});
