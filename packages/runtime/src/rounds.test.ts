import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "./clock.ts";
import { createLogger } from "./logger.ts";
import { runRounds } from "./rounds.ts";

test("rounds go on after one that failed, and end with the signal", async () => {
  const lines: string[] = [];
  const stopping = new AbortController();
  let rounds = 0;
  await runRounds({
    name: "upkeep",
    intervalMs: 1,
    clock: systemClock,
    log: createLogger({ level: "info", name: "test", write: (line) => void lines.push(line) }),
    signal: stopping.signal,
    round: async () => {
      rounds++;
      if (rounds === 1) throw new Error("the database is away");
      if (rounds === 3) stopping.abort();
    },
  });
  assert.equal(rounds, 3);
  assert.match(lines.join(""), /upkeep\.failed/);
});
