import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeBounce } from "./bounce-verdict.ts";

test("only what is said of the address itself suppresses it", () => {
  const cases = {
    "5.1.1": "bounced",
    "5.1.6": "bounced",
    "5.1.2": "invalid",
    "5.1.3": "invalid",
    "5.1.10": "invalid",
    "5.1.0": "blocked",
    "5.1.8": "blocked",
    "5.2.2": "blocked",
    "5.7.1": "blocked",
    "4.4.1": "blocked",
    "": "blocked",
    constructor: "blocked",
  };
  for (const [status, verdict] of Object.entries(cases)) assert.equal(judgeBounce(status), verdict, status);
  assert.equal(judgeBounce(null), "blocked");
});
