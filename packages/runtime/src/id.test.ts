import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdGenerator, idTimeMs, isId, lowestIdAt, newId } from "./id.ts";

test("ids are UUIDs of version 7 that hold their time", () => {
  const id = newId(1_767_225_600_123);
  assert.ok(isId(id), id);
  assert.equal(idTimeMs(createIdGenerator()(1_767_225_600_123)), 1_767_225_600_123);
});

test("two hundred thousand ids of one millisecond are different and in order", () => {
  const next = createIdGenerator();
  let previous = "";
  for (let count = 0; count < 200_000; count++) {
    const id = next(1_000_000_000_000);
    if (!(id > previous)) assert.fail(`${id} after ${previous}`);
    previous = id;
  }
  assert.equal(idTimeMs(previous), 1_000_000_000_000);
});

test("a clock that steps back a little does not break the order; one that is set anew is followed", () => {
  const next = createIdGenerator();
  const first = next(1_000_000_000_000);
  const second = next(999_999_999_000);
  assert.ok(second > first);
  assert.equal(idTimeMs(next(999_000_000_000)), 999_000_000_000);
});

test("a counter that is full borrows from the next millisecond", () => {
  // All ones: the counter starts as high as it may.
  const next = createIdGenerator((pool) => void pool.fill(0xff));
  let id = next(5);
  for (let count = 0; count < 2 ** 25; count++) id = next(5);
  assert.equal(idTimeMs(id), 5);
  const borrowed = next(5);
  assert.equal(idTimeMs(borrowed), 6);
  assert.ok(borrowed > id);
});

test("the lowest id of a time is below every id of it and above every id before", () => {
  const next = createIdGenerator((pool) => void pool.fill(0));
  const early = next(41);
  const bound = lowestIdAt(42);
  assert.ok(isId(bound));
  assert.ok(early < bound && bound <= next(42));
});

test("only what newId writes is an id", () => {
  const cases = [
    "",
    "x",
    newId().toUpperCase(),
    `${newId()}\n`,
    "00000000-0000-4000-8000-000000000000",
    newId().replace("-", ""),
  ];
  for (const text of cases) assert.equal(isId(text), false, text);
  assert.throws(() => newId(-1), RangeError);
  assert.throws(() => lowestIdAt(2 ** 48), RangeError);
});
