import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createRecentContents } from "./recent-contents.ts";

const hash = (n: number): Buffer => Buffer.alloc(32, n);

suite("recent contents", () => {
  test("finds what was kept, and nothing else", () => {
    const recent = createRecentContents(64_000);
    recent.keep(hash(1), Buffer.from("one"));
    assert.equal(recent.find(hash(1))?.toString(), "one");
    assert.equal(recent.find(hash(2)), null);
  });

  test("lets the oldest go when there is too much", () => {
    const recent = createRecentContents(64_000);
    for (let n = 0; n < 100; n++) recent.keep(hash(n), Buffer.alloc(1_000));
    const found = Array.from({ length: 100 }, (_, n) => n).filter((n) => recent.find(hash(n)) !== null);
    assert.deepEqual([found[0], found.length], [36, 64]);
  });

  test("counts what is kept twice once, and keeps nothing large", () => {
    const recent = createRecentContents(64_000);
    for (let n = 0; n < 100; n++) recent.keep(hash(1), Buffer.alloc(1_000));
    recent.keep(hash(2), Buffer.alloc(1_001));
    recent.keep(hash(3), Buffer.alloc(1_000));
    assert.deepEqual(
      [recent.find(hash(1))?.length, recent.find(hash(2)), recent.find(hash(3))?.length],
      [1_000, null, 1_000],
    );
  });
});
