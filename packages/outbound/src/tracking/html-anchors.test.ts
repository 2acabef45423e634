import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { outlineHtml } from "./html-anchors.ts";

const cases: readonly (readonly [name: string, html: string, hrefs: readonly string[]])[] = [
  ["double quotes", '<a href="https://a.test/">x</a>', ["https://a.test/"]],
  ["single quotes and white space", "<A\n HREF = ' https://a.test/ ' >x</A>", ["https://a.test/"]],
  ["no quotes", "<a href=https://a.test/?a=b>x</a>", ["https://a.test/?a=b"]],
  ["no quotes, then another attribute", "<a href=https://a.test/ class=b>x</a>", ["https://a.test/"]],
  [
    "character references",
    '<a href="&#104;ttps://a.test/?a=1&amp;b=2&copy=3">x</a>',
    ["https://a.test/?a=1&b=2&copy=3"],
  ],
  ["the first href counts", '<a href="https://a.test/" href="https://b.test/">x</a>', ["https://a.test/"]],
  ["an area", '<map><area shape="rect" href="https://a.test/"/></map>', ["https://a.test/"]],
  ["no value", "<a href>x</a><a name=y>z</a>", []],
  ["an empty value", '<a href="">x</a>', [""]],
  ["another tag", '<link href="https://a.test/"><abbr href="https://a.test/">', []],
  ["a comment", '<!-- <a href="https://a.test/"> -->', []],
  ["script and style", "<script>'<a href=\"https://a.test/\">'</script><style><a href=x></style>", []],
  ["a value with a greater-than sign", '<a title="a > b" href="https://a.test/">x</a>', ["https://a.test/"]],
  ["a tag that never ends", '<a href="https://a.test/"', []],
  ["a value that never ends", '<a href="https://a.test/>x</a>', []],
  ["text", "a < b and <3 <", []],
];

suite("the outline of HTML", { timeout: 60_000 }, () => {
  for (const [name, html, hrefs] of cases) {
    test(name, () => {
      const { anchors } = outlineHtml(html);
      assert.deepEqual(
        anchors.map(({ href }) => href),
        hrefs,
      );
      for (const { start, end } of anchors) {
        const rewritten = `${html.slice(0, start)}NEW${html.slice(end)}`;
        assert.deepEqual(
          outlineHtml(rewritten).anchors.map(({ href }) => href),
          ["NEW"],
          rewritten,
        );
      }
    });
  }

  test("clicktracking=off is seen before and after the link", () => {
    const { anchors } = outlineHtml(
      '<a clicktracking="off" href="a">1</a><a href="b" clicktracking=OFF>2</a><a href="c" clicktracking=on>3</a>',
    );
    assert.deepEqual(
      anchors.map(({ isOff }) => isOff),
      [true, true, false],
    );
  });

  test("the end of the body is before its last end tag, or the end", () => {
    const html = "<body>a</body><!-- </body> --></html>";
    assert.equal(html.slice(0, outlineHtml(html).bodyEnd), "<body>a");
    assert.equal(outlineHtml("<p>a</p>").bodyEnd, 8);
  });

  test("any bytes are taken, in linear time, and memory is bounded", () => {
    for (const hostile of ["<a href=", "<a ", "<", "<a href='x'>", "&", '<a href="&', "<!--", "</body"]) {
      const { anchors } = outlineHtml(hostile.repeat(200_000));
      assert.ok(anchors.length <= 2_000);
    }
  });
});
