import assert from "node:assert/strict";
import { test } from "node:test";
import { signingKeys } from "./signing-keys.ts";

const seenAt = new Date(0);
const rsa = (id: string, seen: boolean) => ({
  id,
  algorithm: "rsa-sha256" as const,
  seenAt: seen ? seenAt : null,
});
const ed = (id: string, seen: boolean) => ({ ...rsa(id, seen), algorithm: "ed25519-sha256" as const });

const cases = [
  ["the only key, seen or not", [rsa("1", false)], ["1"]],
  ["the old one while the new one waits", [rsa("2", false), rsa("1", true)], ["1"]],
  ["the oldest while none was seen", [rsa("2", false), rsa("1", false), ed("0", false)], ["1"]],
  ["the newest that was seen", [rsa("1", true), rsa("2", true), rsa("3", false)], ["2"]],
  ["one of each algorithm", [rsa("1", true), ed("2", true)], ["1", "2"]],
  ["no second algorithm before it is seen", [rsa("1", true), ed("2", false)], ["1"]],
  ["none of none", [], []],
] as const;

for (const [title, keys, signing] of cases) {
  test(`what signs: ${title}`, () =>
    assert.deepEqual(
      signingKeys(keys).map(({ id }) => id),
      signing,
    ));
}
