import assert from "node:assert/strict";
import { scryptSync } from "node:crypto";
import { test } from "node:test";
import { equalSecrets, hashApiKeySecret, hashPassword, verifyPassword } from "./password.ts";

test("the right password matches, every other one does not", async () => {
  const stored = await hashPassword("Zürich!");
  assert.match(stored, /^\$scrypt\$ln=14,r=8,p=5\$[\w-]+\$[\w-]+$/);
  assert.deepEqual(await verifyPassword("Zürich!", stored), { kind: "match", outdated: false });
  // The same letters from a keyboard that sends a combining diaeresis.
  assert.deepEqual(await verifyPassword("Zu\u0308rich!", stored), { kind: "match", outdated: false });
  for (const wrong of ["", "zürich!", "Zürich! ", "x".repeat(5_000)]) {
    assert.deepEqual(await verifyPassword(wrong, stored), { kind: "mismatch" });
  }
});

test("a hash of another cost still matches and asks to be renewed", async () => {
  const salt = Buffer.from("0123456789abcdef");
  const key = scryptSync("old", salt, 32, { N: 1024, r: 8, p: 1 });
  const stored = `$scrypt$ln=10,r=8,p=1$${salt.toString("base64url")}$${key.toString("base64url")}`;
  assert.deepEqual(await verifyPassword("old", stored), { kind: "match", outdated: true });
});

test("an account that does not exist mismatches, a damaged hash is a bug", async () => {
  assert.deepEqual(await verifyPassword("anything", null), { kind: "mismatch" });
  await assert.rejects(verifyPassword("x", "plaintext"), TypeError);
  await assert.rejects(hashPassword("x".repeat(1_025)), RangeError);
});

test("an empty password never matches by being too long", async () => {
  const stored = await hashPassword("");
  assert.deepEqual(await verifyPassword("x".repeat(2_000), stored), { kind: "mismatch" });
});

test("API key secrets hash to 32 bytes, and secrets of any lengths compare", () => {
  assert.equal(hashApiKeySecret("secret").length, 32);
  assert.equal(equalSecrets("abc", Buffer.from("abc")), true);
  assert.equal(equalSecrets("abc", "abcd"), false);
});
