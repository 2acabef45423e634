import assert from "node:assert/strict";
import { test } from "node:test";
import { isMailbox, parsePath } from "./address.ts";

const paths = [
  ["<a@b.test>", "a@b.test", ""],
  ["<a@b.test> SIZE=1 BODY=7BIT", "a@b.test", "SIZE=1 BODY=7BIT"],
  ["<>", "", ""],
  ["<Postmaster>", "Postmaster", ""],
  ["<@one.test,@two.test:a@b.test>", "a@b.test", ""],
  ['<"a b>c@d"@b.test> RET=FULL', '"a b>c@d"@b.test', "RET=FULL"],
  ['<"a\\"b"@b.test>', '"a\\"b"@b.test', ""],
  ["<a+b=c/d!e#f$g%h@b.test>", "a+b=c/d!e#f$g%h@b.test", ""],
  ["<a@[127.0.0.1]>", "a@[127.0.0.1]", ""],
  ["<a@[IPv6:::1]>", "a@[IPv6:::1]", ""],
  ["<a@xn--bcher-kva.test>", "a@xn--bcher-kva.test", ""],
  ["<jürgen@bücher.test>", "jürgen@bücher.test", ""],
  [`<${"v".repeat(100)}@b.test>`, `${"v".repeat(100)}@b.test`, ""],
] as const;

for (const [argument, address, rest] of paths) {
  test(`path ${argument.slice(0, 40)}`, () => {
    assert.deepEqual(parsePath(argument), { kind: "path", address, rest });
  });
}

const invalid = [
  "",
  "a@b.test",
  "<a@b.test",
  "<a@b.test>SIZE=1",
  "< >",
  "<a>",
  "<@b.test>",
  "<a@>",
  "<a@@b.test>",
  "<a@b@c.test>",
  "<.a@b.test>",
  "<a.@b.test>",
  "<a..b@c.test>",
  "<a b@c.test>",
  "<a@b..test>",
  "<a@-b.test>",
  "<a@b_c.test>",
  "<a@b.test.>",
  `<a@${"l".repeat(64)}.test>`,
  `<${"a".repeat(250)}@b.test>`,
  "<a@[300.0.0.1]>",
  "<a@[IPv6:::1%eth0]>",
  '<"a@b.test>',
  "<a\u0000@b.test>",
  "<a\u200Bb@c.test>",
  "<a\u0085b@c.test>",
  "<@one.test:>",
];

for (const argument of invalid) {
  test(`no path ${JSON.stringify(argument).slice(0, 40)}`, () => {
    assert.deepEqual(parsePath(argument), { kind: "invalid" });
  });
}

test("a hostile path is judged in linear time", () => {
  const begun = performance.now();
  for (const hostile of [`<${'"\\'.repeat(6000)}>`, `<${"a.".repeat(6000)}`, `<${"@a,".repeat(4000)}:>`]) {
    assert.equal(parsePath(hostile).kind, "invalid");
    assert.equal(isMailbox(hostile), false);
  }
  assert.ok(performance.now() - begun < 500);
});
