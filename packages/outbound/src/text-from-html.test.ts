import assert from "node:assert/strict";
import { test } from "node:test";
import { textFromHtml } from "./text-from-html.ts";

test("what a reader would see becomes text", () => {
  const cases: readonly (readonly [name: string, html: string, text: string | undefined])[] = [
    [
      "paragraphs",
      "<p>Hi Ann,</p><p>your order\n is on its way.</p>",
      "Hi Ann,\n\nyour order is on its way.",
    ],
    ["a link", '<a href="https://a.test/x?y=1&amp;z=2">Track it</a>', "Track it [https://a.test/x?y=1&z=2]"],
    ["a link named by itself", '<a href="https://a.test">https://a.test</a>', "https://a.test"],
    ["a heading", "<h1>Welcome</h1>", "Welcome"],
    ["a list", "<ul><li>one</li><li>two</li></ul>", "* one\n * two"],
    [
      "style, script and head",
      "<head><title>t</title><style>p{}</style></head><script>x()</script><p>a</p>",
      "a",
    ],
    ["entities", "<p>&Uuml;ber &lt;b&gt; &amp; &euro;5</p>", "Über <b> & €5"],
    ["an image alone", '<img src="cid:x" alt="">', undefined],
    ["nothing", "", undefined],
    ["no tags", "just text", "just text"],
    ["half a character", "<p>ab\ud800</p>", "ab\ufffd"],
  ];
  for (const [name, html, text] of cases) {
    assert.equal(textFromHtml(html), text, name);
  }
});

test("long HTML is cut off at a tag", () => {
  const text = textFromHtml("<p>word</p>".repeat(100_000)) ?? "";
  assert.match(text, /^(?:word\n\n)+word$/);
  const long =
    textFromHtml(`${"x ".repeat(65_530)}<a href="https://a.test/${"y".repeat(1_000)}">z</a>`) ?? "";
  assert.doesNotMatch(long, /a\.test|</);
});

test("hostile HTML holds the process up for no longer than a moment", () => {
  const shapes = [
    "<div>",
    "<table><tr><td>",
    "<ul><li>",
    "<blockquote>",
    "<b>",
    "<p>x</p>",
    "<a href='x'>",
    "<",
    "&amp;",
    " ",
    "x",
    "<!--",
    "<br>",
    "<tr><td>x</td></tr>",
    "<pre>\n",
    "<td rowspan=99999999 colspan=99999999>",
    "</p>",
  ];
  for (const shape of shapes) {
    const html = shape.repeat(Math.ceil(10_000_000 / shape.length));
    const startedAtMs = performance.now();
    textFromHtml(html);
    const durationMs = performance.now() - startedAtMs;
    // A tenth of it on an idle machine; without the bounds many times that.
    assert.ok(durationMs < 1_000, `${shape}: ${durationMs.toFixed(0)} ms`);
  }
});
