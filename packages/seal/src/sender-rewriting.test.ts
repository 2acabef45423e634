import assert from "node:assert/strict";
import { test } from "node:test";
import { createSenderRewriting } from "./sender-rewriting.ts";

const ours = createSenderRewriting(Buffer.alloc(32, 1));
const theirs = createSenderRewriting(Buffer.alloc(32, 2));
const now = Date.UTC(2026, 10, 23);
const day = 86_400_000;

const localPart = (address: string | null): string => (address ?? "").replace(/@[^@]*$/, "");

test("a rewritten path leads back, also in other letters, for three weeks", () => {
  for (const address of ["ann@example.test", "ann+shop=x@example.test", "SRS@example.test", "srs0@e.test"]) {
    const path = ours.rewrite(address, "bounces.shop.test", now);
    assert.match(path ?? "", /^SRS0=[a-z2-7]{10}=[a-z2-7]{2}=[^=]+=.+@bounces\.shop\.test$/);
    assert.equal(ours.restore(localPart(path), now), address);
    assert.equal(ours.restore(localPart(path).toLowerCase(), now), address.toLowerCase());
    assert.equal(ours.restore(localPart(path), now + 21 * day), address);
    assert.equal(ours.restore(localPart(path), now + 22 * day), null);
    assert.equal(ours.restore(localPart(path), now - day), null, "made tomorrow");
    assert.equal(theirs.restore(localPart(path), now), null);
  }
});

test("what was rewritten before becomes SRS1 and leads to the first forwarder, however many follow", () => {
  const first = theirs.rewrite("ann@example.test", "first.test", now) ?? "";
  const second = ours.rewrite(first, "second.test", now) ?? "";
  assert.match(second, /^SRS1=[a-z2-7]{10}=first\.test==[a-z2-7]{10}=/);
  assert.equal(ours.restore(localPart(second), now), first);
  const third = theirs.rewrite(second, "third.test", now) ?? "";
  assert.match(third, /^SRS1=[a-z2-7]{10}=first\.test==/);
  assert.equal(theirs.restore(localPart(third), now), first);
  assert.equal(ours.restore(localPart(third), now), null);
});

test("nothing else is taken for ours", () => {
  const path = localPart(ours.rewrite("ann@example.test", "b.test", now));
  const changed = [path.replace("ann", "bob"), path.replace("example", "victim"), "SRS0=", "SRS1=a=b=c", ""];
  for (const local of [...changed, "SRS0=aaaaaaaaaa=aa=example.test=ann", "ann", path.slice(0, -1)])
    assert.equal(ours.restore(local, now), null, local);
});

test("the null path stays null, and what cannot be written is not", () => {
  assert.equal(ours.rewrite("", "b.test", now), "");
  for (const address of ['"a b"@example.test', "grüße@example.test", `${"x".repeat(50)}@example.test`, "x"])
    assert.equal(ours.rewrite(address, "b.test", now), null);
});
