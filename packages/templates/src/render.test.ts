import assert from "node:assert/strict";
import { test } from "node:test";
import { compileTemplate, renderTemplate, type TemplateSources } from "./version.ts";

function render(sources: TemplateSources, variables: Record<string, unknown> = {}, strict = false) {
  const compiled = compileTemplate(sources);
  assert.equal(compiled.kind, "compiled", JSON.stringify(compiled));
  return renderTemplate(compiled.template, variables, { strict });
}

type Case = readonly [name: string, html: string, variables: Record<string, unknown>, expected: string];

const CASES: readonly Case[] = [
  ["a variable", "Hi {{name}}!", { name: "Ann" }, "Hi Ann!"],
  ["a path", "{{a.b.c}} {{a/b/c}}", { a: { b: { c: 1 } } }, "1 1"],
  ["a missing variable is nothing", "[{{a}}{{b.c.d}}]", {}, "[]"],
  ["null is nothing", "[{{a}}]", { a: null }, "[]"],
  ["false and 0 are printed", "{{a}} {{b}}", { a: false, b: 0 }, "false 0"],
  ["a list is printed with commas", "{{a}}", { a: [1, null, "<"] }, "1,,&lt;"],
  ["html is escaped", "{{a}}", { a: `<b>&"'\`=` }, "&lt;b&gt;&amp;&quot;&#x27;&#x60;&#x3D;"],
  ["three braces escape nothing", "{{{a}}} {{&a}}", { a: "<b>" }, "<b> <b>"],
  ["a name with spaces", "{{[first name]}} {{'x y'}}", { "first name": "A", "x y": "B" }, "A B"],
  ["a backslash keeps a tag", "\\{{a}} {{a}}", { a: 1 }, "{{a}} 1"],
  ["comments", "a{{! no }}b{{!-- {{no}} --}}c", {}, "abc"],
  ["whitespace control", "a {{~b~}} c", { b: 1 }, "a1c"],
  ["blocks alone on a line leave no line", "a\n{{#if b}}\nx\n{{/if}}\nc", { b: 1 }, "a\nx\nc"],
  ["if", "{{#if a}}1{{/if}}", { a: "x" }, "1"],
  ["if else", "{{#if a}}1{{else}}2{{/if}}", {}, "2"],
  ["else if", "{{#if a}}1{{else if b}}2{{else}}3{{/if}}", { b: 1 }, "2"],
  ["else of else if", "{{#if a}}1{{else if b}}2{{else}}3{{/if}}", {}, "3"],
  ["an empty list is false", "{{#if a}}1{{else}}2{{/if}}", { a: [] }, "2"],
  ["0 is false", "{{#if a}}1{{else}}2{{/if}}", { a: 0 }, "2"],
  ["0 is true with includeZero", "{{#if a includeZero=true}}1{{else}}2{{/if}}", { a: 0 }, "1"],
  ["unless", "{{#unless a}}1{{else}}2{{/unless}}", {}, "1"],
  ["each", "{{#each a}}{{this}};{{/each}}", { a: [1, 2] }, "1;2;"],
  ["each item's members", "{{#each a}}{{n}}{{this.n}}{{./n}}{{/each}}", { a: [{ n: 1 }] }, "111"],
  ["each over an object", "{{#each a}}{{@key}}={{this}};{{/each}}", { a: { x: 1, y: 2 } }, "x=1;y=2;"],
  ["each else", "{{#each a}}x{{else}}none{{/each}}", { a: [] }, "none"],
  ["each of nothing", "{{#each a}}x{{else}}none{{/each}}", {}, "none"],
  [
    "what a loop tells",
    "{{#each a}}{{@index}}{{#if @first}}f{{/if}}{{#if @last}}l{{/if}} {{/each}}",
    { a: [1, 2] },
    "0f 1l ",
  ],
  ["names for items", "{{#each a as |x i|}}{{i}}{{x.n}}{{/each}}", { a: [{ n: "p" }, { n: "q" }] }, "0p1q"],
  [
    "one level out",
    "{{#each a}}{{../s}}{{this}}{{#if this}}{{../s}}{{/if}} {{/each}}",
    { a: [1], s: "$" },
    "$1$ ",
  ],
  [
    "loops in loops",
    "{{#each a}}{{#each this}}{{@../index}}{{@index}}{{../../s}} {{/each}}{{/each}}",
    { a: [[1], [1, 2]], s: "x" },
    "00x 10x 11x ",
  ],
  ["beyond the outermost level there is nothing", "[{{../../a}}]", { a: 1 }, "[]"],
  ["the root", "{{#each a}}{{@root.s}}{{/each}}", { a: [1, 2], s: "x" }, "xx"],
  ["with", "{{#with a}}{{b}}{{../c}}{{else}}none{{/with}}", { a: { b: 1 }, c: 2 }, "12"],
  ["with a name", "{{#with a as |x|}}{{x.b}}{{/with}}", { a: { b: 1 } }, "1"],
  ["sections loop", "{{#a}}{{n}}{{/a}}{{^a}}none{{/a}}", { a: [{ n: 1 }, { n: 2 }] }, "12"],
  ["sections enter", "{{#a}}{{n}}{{/a}}", { a: { n: 1 } }, "1"],
  ["sections decide", "{{#a}}{{n}}{{/a}}{{^b}}no{{/b}}", { a: true, n: 1 }, "1no"],
  ["and", "{{#and a b}}1{{else}}2{{/and}}{{#and a c}}1{{else}}2{{/and}}", { a: 1, b: 1 }, "12"],
  ["or", "{{#or a c}}1{{else}}2{{/or}}{{#or c d}}1{{else}}2{{/or}}", { a: 1 }, "12"],
  ["and, or as calls", "{{#if (and a (or c b))}}1{{else}}2{{/if}}", { a: 1, b: 1 }, "1"],
  ["equals", '{{#equals a "x"}}1{{else}}2{{/equals}}{{#equals a b}}1{{else}}2{{/equals}}', { a: "x" }, "12"],
  [
    "numbers equal their spelling",
    '{{#equals a "5"}}1{{/equals}}{{#equals a 5}}1{{/equals}}',
    { a: 5 },
    "11",
  ],
  ["notEquals", "{{#notEquals a b}}1{{else}}2{{/notEquals}}", { a: 1, b: 2 }, "1"],
  ["greaterThan", "{{#greaterThan a 9}}1{{else}}2{{/greaterThan}}", { a: "10" }, "1"],
  ["lessThan", "{{#lessThan a 10}}1{{else}}2{{/lessThan}}", { a: 9.5 }, "1"],
  ["texts are ordered", '{{#lessThan a "b"}}1{{else}}2{{/lessThan}}', { a: "a" }, "1"],
  [
    "length",
    "{{length a}}{{length b}}{{length c}}{{length d}}",
    { a: [1, 2], b: "abc", c: { x: 1 } },
    "2310",
  ],
  ["length as a call", "{{#greaterThan (length a) 0}}1{{/greaterThan}}", { a: [1] }, "1"],
  ["a variable named like a function", "{{length}}", { length: 7 }, "7"],
  ["insert a default", 'Hi {{insert name "default=Customer"}}', {}, "Hi Customer"],
  ["insert with the default first", 'Hi {{insert "default=Customer" name}}', { name: "Ann" }, "Hi Ann"],
  ["insert with a plain default", 'Hi {{insert name "you"}}', { name: "" }, "Hi you"],
  [
    "formatDate",
    '{{formatDate d "MMMM DD, YYYY h:mm:ss A"}}',
    { d: "2020-01-01T23:00:00.000Z" },
    "January 01, 2020 11:00:00 PM",
  ],
  [
    "formatDate with an offset",
    "{{formatDate d f o}}",
    { d: "2020-01-01T23:00:00.000Z", f: "ddd D MMM YY HH:mm ZZ Z", o: "-0800" },
    "Wed 1 Jan 20 15:00 -0800 -08:00",
  ],
  [
    "formatDate without a zone is UTC",
    '{{formatDate d "YYYY-MM-DD HH:mm [at] dddd"}}',
    { d: "2024-02-29" },
    "2024-02-29 00:00 at Thursday",
  ],
  ["formatDate from milliseconds", '{{formatDate d "M/D/YYYY H h m s"}}', { d: 0 }, "1/1/1970 0 12 0 0"],
  ["lookup", "{{lookup a i}}{{lookup o 'k'}}", { a: ["x", "y"], i: 1, o: { k: "z" } }, "yz"],
  [
    "inherited members do not exist",
    "[{{constructor}}{{a.constructor.name}}{{a.__proto__}}{{toString}}]",
    { a: "x" },
    "[]",
  ],
  ["nor by lookup", "[{{lookup this 'constructor'}}{{lookup a '__proto__'}}]", { a: {} }, "[]"],
  [
    "nor in blocks",
    "{{#with constructor}}x{{else}}-{{/with}}{{#each __proto__}}x{{else}}-{{/each}}",
    {},
    "--",
  ],
  ["own members of such names do", "{{constructor}}", { constructor: "Ford" }, "Ford"],
];

for (const [name, html, variables, expected] of CASES) {
  test(`renders ${name}`, () => {
    const rendered = render({ html }, variables);
    assert.equal(rendered.kind, "rendered", JSON.stringify(rendered));
    assert.equal(rendered.html, expected);
  });
}

test("subject and text are not escaped", () => {
  const rendered = render({ subject: "{{a}}", text: "{{a}}", html: "{{a}}" }, { a: "<&>" });
  assert.deepEqual(
    { ...rendered, steps: 0 },
    { kind: "rendered", subject: "<&>", html: "&lt;&amp;&gt;", text: "<&>", steps: 0 },
  );
});

type Refusal = readonly [
  name: string,
  sources: TemplateSources,
  strict: boolean,
  variables: Record<string, unknown>,
  errors: readonly (readonly [string, RegExp])[],
];

const REFUSALS: readonly Refusal[] = [
  [
    "every missing variable when strict",
    { subject: "{{a}}", html: "x\n {{b.c}}{{#each items}}{{n}}{{/each}}" },
    true,
    { items: [{ n: 1 }, {}] },
    [
      ["variables.a", /^is missing \(subject, line 1, column 3\)$/],
      ["variables.b.c", /^is missing \(html, line 2, column 4\)$/],
      ["variables.items[1].n", /^is missing \(html, line 2, column 26\)$/],
    ],
  ],
  [
    "what a comparison lacks when strict",
    { html: '{{#equals a 1}}{{/equals}}{{#each b as |x|}}{{x.y}}{{/each}}{{formatDate d "YY"}}' },
    true,
    { b: [{}] },
    [
      ["variables.a", /is missing/],
      ["variables.b[0].y", /is missing/],
      ["variables.d", /is missing/],
    ],
  ],
  [
    "an object",
    { html: "{{a}}" },
    false,
    { a: {} },
    [["variables.a", /^is an object, which cannot be printed \(html, line 1/]],
  ],
  ["a list of objects", { html: "{{a}}" }, false, { a: [{}] }, [["variables.a", /list of lists or objects/]]],
  [
    "a line break in a subject",
    { subject: "Hi {{name}}" },
    false,
    { name: "Ann\r\nBcc: x@example.test" },
    [
      [
        "variables.name",
        /^contains a line break, which a subject cannot have \(subject, line 1, column 6\)$/,
      ],
    ],
  ],
  [
    "a line break in a subject from a call",
    { subject: '{{insert name "x"}}' },
    false,
    { name: "a\nb" },
    [["variables.name", /line break/]],
  ],
  [
    "a date that is none",
    { html: '{{formatDate d "YYYY"}}' },
    false,
    { d: "2023-02-30" },
    [["variables.d", /^is not a date/]],
  ],
  [
    "an offset that is none",
    { html: '{{formatDate d "YYYY" o}}' },
    false,
    { d: 0, o: "PST" },
    [["variables.o", /^is not an offset/]],
  ],
  ["an odd name", { html: "{{[a b]}}" }, true, {}, [['variables["a b"]', /is missing/]]],
];

for (const [name, sources, strict, variables, errors] of REFUSALS) {
  test(`refuses ${name}`, () => {
    const rendered = render(sources, variables, strict);
    assert.equal(rendered.kind, "invalid", JSON.stringify(rendered));
    assert.deepEqual(
      rendered.errors.map(({ field }) => field),
      errors.map(([field]) => field),
    );
    for (const [index, [, message]] of errors.entries())
      assert.match(rendered.errors[index]?.message ?? "", message);
  });
}

test("conditions and defaults may ask for what is missing, also when strict", () => {
  const html = '{{#if a}}{{/if}}{{#and a b}}{{/and}}{{insert a "x"}}{{#a}}{{/a}}{{#unless a}}{{/unless}}';
  assert.equal(render({ html }, {}, true).kind, "rendered");
});
