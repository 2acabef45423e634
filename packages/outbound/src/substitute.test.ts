import assert from "node:assert/strict";
import { test } from "node:test";
import { createFillIn, longestGrowth, type Substitution, SubstitutionOverflow } from "./substitute.ts";

function fill(text: string, given: Partial<Substitution>, budget = { chars: 1_000, steps: 1_000 }): string {
  return createFillIn({ substitutions: {}, sections: {}, ...given }, budget)(text);
}

const cases: readonly (readonly [name: string, text: string, given: Partial<Substitution>, made: string])[] =
  [
    ["a tag is replaced everywhere", "-a- -a-", { substitutions: { "-a-": "x" } }, "x x"],
    ["a text without tags stays", "hello", { substitutions: { "-a-": "x" } }, "hello"],
    [
      "tags are texts, not patterns",
      "a.c [x] abc",
      { substitutions: { "a.c": "1", "[x]": "$&" } },
      "1 $& abc",
    ],
    [
      "the longest tag is meant",
      "%name%s %name%",
      { substitutions: { "%name%": "A", "%name%s": "B" } },
      "B A",
    ],
    ["a value is not searched for values", "-a-", { substitutions: { "-a-": "-b-", "-b-": "x" } }, "-b-"],
    ["an empty tag is nothing", "ab", { substitutions: { "": "x" } }, "ab"],
    ["characters beyond the first plane", "a😀b", { substitutions: { "😀": "x" } }, "axb"],
    [
      "a value names a section, which holds values",
      "%greet%",
      { substitutions: { "%greet%": ":hi", "%name%": "Ann" }, sections: { ":hi": "Hi %name%!" } },
      "Hi Ann!",
    ],
    ["a section may stand in the text itself", ":hi", { sections: { ":hi": "Hi" } }, "Hi"],
    ["a section is not searched for sections", ":a", { sections: { ":a": ":b", ":b": "x" } }, ":b"],
    [
      "members of Object are no tags",
      "constructor __proto__",
      { substitutions: { x: "y" } },
      "constructor __proto__",
    ],
  ];

for (const [name, text, given, made] of cases) {
  test(name, () => assert.equal(fill(text, given), made));
}

test("what grows or takes too much is cut off", () => {
  assert.throws(
    () => fill("aaaa", { substitutions: { a: "x".repeat(300) } }),
    (error) => error instanceof SubstitutionOverflow,
  );
  const tags = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`${"a".repeat(n + 1)}b`, "x"]));
  assert.throws(() => fill("a".repeat(100), { substitutions: tags }), SubstitutionOverflow);
});

test("the longest growth is never less than what comes", () => {
  const given = { substitutions: { "-v-": "-s-" }, sections: { "-s-": "-v-".repeat(10) } };
  const text = "-v-".repeat(5);
  assert.ok(fill(text, given, { chars: 1e6, steps: 1e6 }).length <= text.length * longestGrowth(given));
  assert.equal(longestGrowth({ substitutions: {}, sections: {} }), 1);
});
