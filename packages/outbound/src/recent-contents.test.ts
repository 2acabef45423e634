import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createRecentContents } from "./recent-contents.ts";

const hash = (n: number): Buffer => Buffer.alloc(32, n);

suite("recent contents", () => {
  test("finds what was kept, and nothing else", () => {
    const recent = createRecentContents(64_000);
    const parts = { text: "two", attachments: [] };
    recent.keep(hash(1), Buffer.from("one"), 3, 1);
    recent.keep(hash(2), parts, 20, 1);
    assert.deepEqual(recent.find(hash(1)), Buffer.from("one"));
    assert.equal(recent.find(hash(2)), parts);
    assert.equal(recent.find(hash(3)), null);
  });

  test("lets go of what all its recipients have found", () => {
    const recent = createRecentContents(64_000);
    recent.keep(hash(1), Buffer.alloc(1_000), 1_000, 2);
    recent.keep(hash(1), Buffer.alloc(1_000), 1_000, 1);
    const found = Array.from({ length: 4 }, () => recent.find(hash(1)) !== null);
    assert.deepEqual(found, [true, true, true, false]);
  });

  test("lets the oldest go when there is too much", () => {
    const recent = createRecentContents(64_000);
    for (let n = 0; n < 100; n++) recent.keep(hash(n), Buffer.alloc(1_000), 1_000, 1);
    const found = Array.from({ length: 100 }, (_, n) => n).filter((n) => recent.find(hash(n)) !== null);
    assert.deepEqual([found[0], found.length], [36, 64]);
  });

  test("counts what is kept twice once, and keeps nothing large", () => {
    const recent = createRecentContents(64_000);
    for (let n = 0; n < 100; n++) recent.keep(hash(1), Buffer.alloc(1_000), 1_000, 1);
    recent.keep(hash(2), Buffer.alloc(1_001), 1_001, 1);
    recent.keep(hash(3), Buffer.alloc(1_000), 1_000, 1);
    const found = [1, 2, 3].map((n) => recent.find(hash(n)) !== null);
    assert.deepEqual(found, [true, false, true]);
  });
});
