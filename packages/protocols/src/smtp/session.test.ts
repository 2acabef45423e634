import assert from "node:assert/strict";
import { test } from "node:test";
import { enhancedCodeOf } from "./library-reply.ts";
import { isLoopback, transmissionType } from "./session.ts";

for (const address of ["127.0.0.1", "127.255.1.2", "::1", "::ffff:127.0.0.1", "::FFFF:127.9.9.9"]) {
  test(`${address} is loopback`, () => assert.equal(isLoopback(address), true));
}

for (const address of [
  "",
  "128.0.0.1",
  "10.127.0.1",
  "::2",
  "::ffff:10.0.0.1",
  "localhost",
  "127.0.0.1.evil.test",
]) {
  test(`${address || "nothing"} is not loopback`, () => assert.equal(isLoopback(address), false));
}

test("the with word of Received", () => {
  const plain = { extended: false, smtpUtf8: false, tls: false, authenticated: false };
  assert.equal(transmissionType(plain), "SMTP");
  assert.equal(transmissionType({ ...plain, tls: true }), "SMTP");
  assert.equal(transmissionType({ ...plain, extended: true }), "ESMTP");
  assert.equal(transmissionType({ ...plain, extended: true, tls: true, authenticated: true }), "ESMTPSA");
  assert.equal(transmissionType({ ...plain, extended: true, smtpUtf8: true, tls: true }), "UTF8SMTPS");
});

test("the library's replies get the code their text means", () => {
  assert.equal(enhancedCodeOf(421, "mx Too many connected clients, try again in a moment"), "4.3.2");
  assert.equal(enhancedCodeOf(421, "Timeout - closing connection"), "4.4.2");
  assert.equal(enhancedCodeOf(421, "Error: Command line too long"), "4.5.2");
  assert.equal(enhancedCodeOf(501, "Authentication aborted"), "5.7.0");
  assert.equal(enhancedCodeOf(252, "Try to send something"), "2.0.0");
});
