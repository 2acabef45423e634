import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { createSecretBox, parseSecretKey, SecretBoxError } from "./secret-box.ts";

const box = createSecretBox(randomBytes(32));

test("what was sealed opens again, and never looks the same twice", () => {
  const sealed = box.seal("-----BEGIN", "dkim-key:1");
  assert.match(sealed, /^wax1\.[\w-]+$/);
  assert.equal(box.open(sealed, "dkim-key:1").toString(), "-----BEGIN");
  assert.notEqual(box.seal("-----BEGIN", "dkim-key:1"), sealed);
  assert.equal(box.open(box.seal("", "c"), "c").length, 0);
});

test("another context, another key or a changed byte do not open", () => {
  const sealed = box.seal("secret", "row:1");
  const wrong = { name: "SecretBoxError", kind: "wrong-key-or-context" };
  assert.throws(() => box.open(sealed, "row:2"), wrong);
  assert.throws(() => createSecretBox(randomBytes(32)).open(sealed, "row:1"), wrong);
  const bytes = Buffer.from(sealed.slice(5), "base64url");
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.throws(() => box.open(`wax1.${changed.toString("base64url")}`, "row:1"), wrong);
  }
});

test("texts that were never sealed are told apart from wrong keys", () => {
  for (const text of ["", "wax1.", "wax1.AAAA", "wax2.AAAA", "plain"]) {
    assert.throws(
      () => box.open(text, "c"),
      (error) => error instanceof SecretBoxError && error.kind === "not-sealed",
    );
  }
});

test("keys are read in hex and in both base64 alphabets", () => {
  const key = randomBytes(32);
  for (const text of [
    key.toString("hex"),
    key.toString("base64"),
    key.toString("base64url"),
    ` ${key.toString("base64")}\n`,
  ]) {
    assert.deepEqual(parseSecretKey(text), key);
  }
  for (const text of ["", "x", randomBytes(31).toString("hex"), randomBytes(33).toString("base64")]) {
    assert.equal(parseSecretKey(text), null);
  }
  assert.throws(() => createSecretBox(randomBytes(16)), RangeError);
});
