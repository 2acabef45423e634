import assert from "node:assert/strict";
import { test } from "node:test";
import { templateLimits } from "./limits.ts";
import { compileTemplate, renderTemplate } from "./version.ts";

/** Far above what the limits allow for on a busy machine, and far below what each case took without them. */
const BOUND_MS = 2_000;

const UNPARSABLE: readonly (readonly [html: string, line: number, column: number, message: RegExp])[] = [
  ["a\n{{#if x}}\n hello", 2, 1, /^\{\{#if\}\} is never closed: expected \{\{\/if\}\}$/],
  ["{{#if x}}{{#each y}}{{/each}}", 1, 1, /^\{\{#if\}\} is never closed/],
  ["{{#if x}}a{{/each}}", 1, 4, /^\{\{#if\}\} is closed by \{\{\/each\}\}: expected \{\{\/if\}\}$/],
  ["hi {{", 1, 6, /^expected a name or value, not the end of the template$/],
  ["hi\n  {{name", 2, 5, /^the tag is never closed: expected \}\}$/],
  ["{{ name } }", 1, 9, /^the tag is never closed/],
  ["{{ name } }}", 1, 9, /^expected \}\}.*, not "\}"$/],
  ["{{}}", 1, 3, /^expected a name or value, not "\}\}"$/],
  ["{{/if}}", 1, 1, /"\{\{\/"/],
  ["{{else}}", 1, 1, /"\{\{else\}\}"/],
  ["{{{a}}", 1, 5, /^expected \}\}\}/],
  ["{{../a/../b}}", 1, 3, /Invalid path/],
  ["x {{> other}}", 1, 3, /partials/],
  ["{{#> other}}{{/other}}", 1, 1, /partials/],
  ["{{* deco}}", 1, 1, /decorators/],
  ["{{{{raw}}}}{{{{/raw}}}}", 1, 1, /raw blocks/],
  ["{{foo bar}}", 1, 3, /^foo is not a function: expected one of and, or, equals/],
  ["{{#foo bar}}{{/foo}}", 1, 4, /^\{\{#foo\}\} is not a block: expected one of if, unless/],
  ["{{#if (constructor a)}}{{/if}}", 1, 8, /^constructor is not a function/],
  ["{{#insert a b}}{{/insert}}", 1, 4, /cannot head a block/],
  ["{{equals a}}", 1, 3, /^equals takes 2 arguments, not 1$/],
  ["{{#if}}{{/if}}", 1, 4, /^if takes 1 argument, not 0$/],
  ["{{#each a b}}{{/each}}", 1, 4, /^each takes 1 argument/],
  ["{{length a x=1}}", 1, 12, /x= is not supported/],
  ["{{@index}}", 1, 3, /only inside/],
  ["{{@nope}}", 1, 3, /@nope is not known/],
  ["a\0b", 1, 1, /NUL/],
  [`{{#if a}}`.repeat(60) + "{{/if}}".repeat(60), 1, 454, /nested more than 50/],
  [`{{#if a}}${"{{else if b}}".repeat(60)}{{/if}}`, 1, 647, /nested more than 50/],
  [`{{length ${"(length ".repeat(5_000)}a${")".repeat(5_000)}}}`, 1, 170, /nested more than 20/],
  ["{{a}}".repeat(20_000), 1, 16_668, /too long/],
  [`{{and ${"b ".repeat(100_000)}}}`, 1, 20_003, /too long/],
  ["x".repeat(templateLimits.sourceChars + 1), 1, 1, /is over 1048576 characters long/],
];

for (const [html, line, column, message] of UNPARSABLE) {
  test(`refuses ${JSON.stringify(html.slice(0, 40))} with its place`, () => {
    const startMs = performance.now();
    const compiled = compileTemplate({ html });
    assert.equal(compiled.kind, "invalid");
    const [problem, ...others] = compiled.problems;
    assert.deepEqual(others, []);
    assert.match(problem?.message ?? "", message);
    assert.deepEqual([problem?.part, problem?.line, problem?.column], ["html", line, column]);
    assert.ok(performance.now() - startMs < BOUND_MS);
  });
}

test("each part that does not parse is named", () => {
  const compiled = compileTemplate({ subject: "a\nb", html: "{{", text: "{{#if}}" });
  assert.equal(compiled.kind, "invalid");
  assert.deepEqual(
    compiled.problems.map(({ part }) => part),
    ["subject", "html", "text"],
  );
});

test("noise never breaks the parser", () => {
  const pieces = [
    "{{",
    "}}",
    "{{{",
    "}}}",
    "#",
    "/",
    "if",
    "each",
    " a",
    "(",
    ")",
    '"',
    "'",
    "[",
    "]",
    "\\",
    "../",
    "@",
    "as |x|",
    "else",
    "^",
    "!--",
    "--",
    "~",
    "=",
    ".",
    "1",
    "\n",
    "é",
    "{{{{",
    "&",
    ">",
    "*",
    "this",
  ];
  let seed = 1;
  const next = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let round = 0; round < 3_000; round++) {
    const html = Array.from({ length: 1 + next(14) }, () => pieces[next(pieces.length)]).join("");
    const compiled = compileTemplate({ html });
    if (compiled.kind === "compiled")
      renderTemplate(compiled.template, { a: [1, { a: "x" }] }, { strict: true });
    else for (const problem of compiled.problems) assert.ok(problem.line >= 1 && problem.column >= 1, html);
  }
});

const many = Array.from({ length: 10_000 }, (_, index) => index);
const long = "&".repeat(4_000_000);

const EXPLODING: readonly (readonly [
  name: string,
  html: string,
  variables: Record<string, unknown>,
  message: RegExp,
])[] = [
  [
    "loops in loops",
    "{{#each a}}{{#each @root.a}}{{#each @root.a}}{{/each}}{{/each}}{{/each}}",
    { a: many },
    /200000 steps/,
  ],
  [
    "loops over members",
    "{{#each a}}{{#each @root.o}}{{/each}}{{/each}}",
    { a: many, o: { ...many } },
    /200000 steps/,
  ],
  [
    "much text",
    `{{#each a}}${"x".repeat(10_000)}{{/each}}`,
    { a: many },
    /more than 5242880 characters of html/,
  ],
  ["a long value often", "{{#each a}}{{@root.long}}{{/each}}", { a: many, long }, /characters of html|steps/],
  ["a value that escaping makes long", "{{long}}", { long }, /steps/],
  [
    "long comparisons",
    "{{#each a}}{{#equals @root.long @root.other}}{{/equals}}{{/each}}",
    { a: many, long, other: `${long.slice(1)}x` },
    /steps/,
  ],
  ["lists printed often", "{{#each a}}{{{@root.a}}}{{/each}}", { a: many }, /characters of html|steps/],
  [
    "lengths of large objects",
    "{{#each a}}{{length @root.o}}{{/each}}",
    { a: many, o: { ...many } },
    /steps/,
  ],
];

for (const [name, html, variables, message] of EXPLODING) {
  test(`cuts off ${name}`, () => {
    const compiled = compileTemplate({ html });
    assert.equal(compiled.kind, "compiled");
    const startMs = performance.now();
    const rendered = renderTemplate(compiled.template, variables, { strict: false });
    const tookMs = performance.now() - startMs;
    assert.equal(rendered.kind, "invalid");
    assert.deepEqual(
      rendered.errors.map(({ field }) => field),
      ["template"],
    );
    assert.match(rendered.errors[0]?.message ?? "", message);
    assert.ok(tookMs < BOUND_MS, `took ${tookMs} ms`);
  });
}

test("problems are told up to a hundred", () => {
  const compiled = compileTemplate({ html: "{{#each a}}{{x}}{{/each}}" });
  assert.equal(compiled.kind, "compiled");
  const rendered = renderTemplate(compiled.template, { a: many }, { strict: true });
  assert.equal(rendered.kind, "invalid");
  assert.equal(rendered.errors.length, templateLimits.problems);
});
