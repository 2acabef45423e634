import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { StoredOptions } from "@waxwing/store";
import { planHtml, planText, type WriteLink } from "./personal-text.ts";

const write: WriteLink = (link) => (link.kind === "click" ? `{click ${link.url}}` : `{${link.kind}}`);
type Options = Pick<StoredOptions, "track" | "unsubscribe">;
type Case = readonly [name: string, options: Options, before: string, after: string | RegExp];

const htmlCases: readonly Case[] = [
  [
    "nothing asked for",
    {},
    '<a href="https://a.test/">a</a> <%asm_preferences_raw_url%>',
    '<a href="https://a.test/">a</a> <%asm_preferences_raw_url%>',
  ],
  [
    "links are rewritten in place",
    { track: { clicks: "html" } },
    '<p>é <a class=x href="https://a.test/?a=1&amp;b=2" >a</a></p>',
    '<p>é <a class=x href="{click https://a.test/?a=1&b=2}" >a</a></p>',
  ],
  [
    "other schemes, anchors and relative links stay",
    { track: { clicks: "html" } },
    '<a href="mailto:a@b.test">1</a><a href="tel:1">2</a><a href="#x">3</a><a href="/x">4</a><a href="javascript:x">5</a>',
    '<a href="mailto:a@b.test">1</a><a href="tel:1">2</a><a href="#x">3</a><a href="/x">4</a><a href="javascript:x">5</a>',
  ],
  [
    "clicktracking=off stays",
    { track: { clicks: "html" } },
    '<a clicktracking=off href="https://a.test/">a</a>',
    '<a clicktracking=off href="https://a.test/">a</a>',
  ],
  [
    "an unsubscribe link is not tracked",
    { track: { clicks: "html" }, unsubscribe: {} },
    '<a href="<%asm_group_unsubscribe_raw_url%>">a</a>',
    '<a href="{group}">a</a>',
  ],
  [
    "the pixel comes last in the body",
    { track: { opens: true } },
    "<body>a</body></html>",
    /^<body>a<img src="{pixel}" alt=""[^>]*><\/body><\/html>$/,
  ],
  [
    "the pixel takes the place of its tag",
    { track: { opens: true, pixelTag: "%p%" } },
    "a%p%b",
    /^a<img src="{pixel}"[^>]*>b$/,
  ],
  [
    "without its tag the pixel comes last",
    { track: { opens: true, pixelTag: "%p%" } },
    "ab",
    /^ab<img src="{pixel}"[^>]*>$/,
  ],
  [
    "parameters are added where they are not there yet",
    { track: { utm: { utm_source: "a b", x: "1" } } },
    '<a href="https://a.test/p?x=2#top">a</a>',
    '<a href="https://a.test/p?x=2&amp;utm_source=a%20b#top">a</a>',
  ],
  [
    "parameters and clicks",
    { track: { clicks: "html", utm: { utm_source: "s" } } },
    "<a href=https://a.test>a</a>",
    "<a href={click https://a.test/?utm_source=s}>a</a>",
  ],
  [
    "a tag that stands for the link",
    { unsubscribe: { tag: "[u]" } },
    '<a href="[u]">x</a> [u]',
    '<a href="{group}">x</a> {group}',
  ],
  [
    "a footer",
    { unsubscribe: { html: "<p>To stop, <% click here %>.</p>" } },
    "<body>a</body>",
    '<body>a<p>To stop, <a href="{group}">click here</a>.</p></body>',
  ],
  [
    "placeholders of SendGrid",
    { unsubscribe: {} },
    "<%asm_global_unsubscribe_raw_url%> <%asm_preferences_url%>",
    '{global} <a href="{preferences}">Manage Email Preferences</a>',
  ],
  [
    "placeholders of templates",
    { unsubscribe: {} },
    "[%waxwing_unsubscribe%] [%waxwing_unsubscribe_preferences%]",
    "{group} {preferences}",
  ],
];

const textCases: readonly Case[] = [
  ["links stay with html", { track: { clicks: "html" } }, "https://a.test/", "https://a.test/"],
  [
    "links of both",
    { track: { clicks: "all" } },
    "See (https://a.test/x_(y)). And <https://b.test/?a=1&b=2>, HTTP://C.test!",
    "See ({click https://a.test/x_(y)}). And <{click https://b.test/?a=1&b=2}>, {click http://c.test/}!",
  ],
  ["a footer", { unsubscribe: { text: "To stop: <% %>" } }, "a", "a\n\nTo stop: {group}"],
  ["a footer with words", { unsubscribe: { text: "<% Unsubscribe %>" } }, "a", "a\n\nUnsubscribe: {group}"],
];

suite("texts of one recipient", { timeout: 60_000 }, () => {
  for (const [plan, cases] of [
    [planHtml, htmlCases],
    [planText, textCases],
  ] as const) {
    for (const [name, options, before, after] of cases) {
      test(`${plan.name}: ${name}`, () => {
        const text = plan(before, options);
        if (typeof after === "string") assert.equal(text(write), after);
        else assert.match(text(write), after);
        assert.equal(text(write), text(write), "the same again");
      });
    }
  }

  test("any text is taken in linear time", () => {
    const options = {
      track: { clicks: "all", opens: true },
      unsubscribe: { tag: "[u]", html: "<% x %>" },
    } as const;
    for (const hostile of [
      "http://",
      "http://a.test/((((",
      "<%asm_",
      "<a href='http://a.test/'>",
      "[u]",
      "<% ",
    ]) {
      planHtml(hostile.repeat(100_000), options)(write);
      planText(hostile.repeat(100_000), options)(write);
    }
  });
});
