import assert from "node:assert/strict";
import { test } from "node:test";
import { hashPassword } from "@waxwing/runtime";
import { createFakeClock } from "@waxwing/testkit";
import { createPasswordVerifier } from "./password-verifier.ts";

test("a password found right is known for five minutes, and only with the hash it was right for", async () => {
  const clock = createFakeClock();
  const verifier = createPasswordVerifier({ clock });
  const account = { id: "ann", passwordHash: await hashPassword("right") };
  assert.ok(!verifier.isKnown(account, "right"));
  assert.equal((await verifier.verify(account, "wrong")).kind, "mismatch");
  assert.ok(!verifier.isKnown(account, "wrong"));
  assert.equal((await verifier.verify(account, "right")).kind, "match");
  assert.ok(verifier.isKnown(account, "right"));
  assert.ok(!verifier.isKnown(account, "wrong"));
  assert.ok(!verifier.isKnown({ ...account, id: "bob" }, "right"));
  assert.ok(!verifier.isKnown({ ...account, passwordHash: await hashPassword("right") }, "right"));
  await clock.advance(5 * 60_000);
  assert.ok(!verifier.isKnown(account, "right"));
});

test("checks of one password at once are one check; more than the limit are turned away", async () => {
  const verifier = createPasswordVerifier({ clock: createFakeClock() });
  const account = { id: "ann", passwordHash: await hashPassword("right") };
  const same = Array.from({ length: 200 }, () => verifier.verify(account, "right"));
  const unknown = Array.from({ length: 70 }, () => verifier.verify(null, "guess"));
  for (const check of await Promise.all(same)) assert.equal(check.kind, "match");
  const kinds = (await Promise.all(unknown)).map((check) => check.kind);
  assert.equal(kinds.filter((kind) => kind === "busy").length, 7);
  assert.equal(kinds.filter((kind) => kind === "mismatch").length, 63);
  assert.equal((await verifier.verify(null, "guess")).kind, "mismatch", "afterwards there is room again");
});
