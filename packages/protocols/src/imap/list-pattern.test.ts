import assert from "node:assert/strict";
import { test } from "node:test";
import { matchesListPattern } from "./list-pattern.ts";

const CASES: readonly (readonly [pattern: string, name: string, matches: boolean])[] = [
  ["*", "a/b/c", true],
  ["%", "a", true],
  ["%", "a/b", false],
  ["a/%", "a/b", true],
  ["a/%", "a/b/c", false],
  ["a*c", "a/b/c", true],
  ["%/b", "a/b", true],
  ["inbox", "INBOX", true],
  ["InBoX/*", "INBOX/x", true],
  ["in*", "INBOX", false],
  ["Sent", "sent", false],
  ["", "a", false],
  ["a%b%", "axbx", true],
  ["a.b", "axb", false],
];

for (const [pattern, name, matches] of CASES) {
  test(`${pattern || "nothing"} ${matches ? "matches" : "does not match"} ${name}`, () =>
    assert.equal(matchesListPattern(name, pattern), matches));
}

test("a pattern of wildcards takes no time", () => {
  assert.equal(matchesListPattern("a".repeat(500), `${"%*".repeat(200)}b`), false);
});
