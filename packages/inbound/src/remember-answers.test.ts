import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock } from "@waxwing/testkit";
import { rememberAnswers } from "./remember-answers.ts";

function count(answer: (question: string) => string | null) {
  const asked: string[] = [];
  const clock = createFakeClock(0);
  const ask = rememberAnswers(
    async (question) => {
      asked.push(question);
      const given = answer(question);
      if (given === null) throw new Error("away");
      return given;
    },
    { keptMs: (given) => (given === "nothing" ? 0 : 1_000), clock },
  );
  return { ask, asked, clock };
}

test("an answer is asked for once in its time, also by many at once", async () => {
  const { ask, asked, clock } = count((question) => question.toUpperCase());
  assert.deepEqual(await Promise.all([ask("a"), ask("a"), ask("b")]), ["A", "A", "B"]);
  await clock.advance(999);
  assert.equal(await ask("a"), "A");
  assert.deepEqual(asked, ["a", "b"]);
  await clock.advance(1);
  await ask("a");
  assert.deepEqual(asked, ["a", "b", "a"]);
});

test("failures, large answers and those that hold for no time are not kept", async () => {
  const answers: (string | null)[] = [null, "x".repeat(5_000), "nothing", "at last", "never asked for"];
  const { ask, asked } = count(() => answers.shift() ?? null);
  await assert.rejects(ask("a"), /away/);
  assert.deepEqual(
    [(await ask("a")).length, await ask("a"), await ask("a"), await ask("a")],
    [5_000, "nothing", "at last", "at last"],
  );
  assert.equal(asked.length, 4);
});

test("the oldest answers make room for new ones", async () => {
  const { ask, asked } = count((question) => question);
  for (let n = 0; n < 5_000; n++) await ask(String(n));
  await ask("4999");
  assert.equal(asked.length, 5_000);
  await ask("0");
  assert.equal(asked.length, 5_001);
});
