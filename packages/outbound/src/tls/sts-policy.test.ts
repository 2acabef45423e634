import assert from "node:assert/strict";
import { test } from "node:test";
import { matchesMx, readStsPolicy, readStsRecord } from "./sts-policy.ts";

const good = "version: STSv1\nmode: enforce\nmx: mail.example.com\nmx: *.Example.net\nmax_age: 604800\n";
const read: readonly (readonly [title: string, file: string, expected: RegExp | readonly string[]])[] = [
  ["a policy", good, ["mail.example.com", "*.example.net"]],
  [
    "CRLF, blanks and unknown fields",
    good.replaceAll("\n", " \r\n").concat("next: x\r\n\r\n"),
    ["mail.example.com", "*.example.net"],
  ],
  ["another version", good.replace("STSv1", "STSv2"), /version/],
  ["another mode", good.replace("enforce", "strict"), /mode/],
  ["no max_age", good.replace("max_age: 604800", ""), /max_age/],
  ["a negative max_age", good.replace("604800", "-1"), /max_age/],
  ["no mx", good.replaceAll(/mx: .*\n/g, ""), /no mx/],
  ["a pattern inside a name", good.replace("*.Ex", "a.*.ex"), /no host name/],
  ["a page", "<html>Not found</html>", /not of the form/],
  ["hosts without end", good + "mx: a.example\n".repeat(100), /more than 32/],
];
for (const [title, file, expected] of read) {
  test(title, () => {
    const policy = readStsPolicy(file);
    if (expected instanceof RegExp) assert.match(typeof policy === "string" ? policy : "", expected);
    else assert.deepEqual(typeof policy === "string" ? policy : policy.mx, expected);
  });
}

test("the record is the one that says STSv1, and has an id", () => {
  const of = (...texts: readonly string[]) => readStsRecord(texts.map((text) => [text]));
  assert.equal(of("v=spf1 -all", "v=STSv1; id=20160831085700Z;"), "20160831085700Z");
  assert.equal(readStsRecord([["v=STSv1; ", "id=1"]]), "1");
  assert.equal(of("v=STSv1; id=1;", "v=STSv1; id=2;"), null);
  for (const text of ["v=STSv1;", "v=STSv2; id=1;", "v=STSv1; id=a-b;", "id=1; v=STSv1;"])
    assert.equal(of(text), null);
});

test("a star stands for one label", () => {
  const matches = (pattern: string, host: string) => matchesMx({ mx: [pattern] }, host);
  assert.equal(matches("*.example.com", "MX1.example.com."), true);
  assert.equal(matches("*.example.com", "a.b.example.com"), false);
  assert.equal(matches("*.example.com", "example.com"), false);
  assert.equal(matches("mx.example.com", "mx.example.com"), true);
  assert.equal(matches("mx.example.com", "mx2.example.com"), false);
});
