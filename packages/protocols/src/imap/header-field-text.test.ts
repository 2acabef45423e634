import assert from "node:assert/strict";
import { test } from "node:test";
import { extractSection } from "./body-section.ts";
import { headerFieldText } from "./header-field-text.ts";

const HEADERS: readonly (readonly [name: string, raw: string])[] = [
  ["plain fields", "From: a@b\r\nTo: c@d\r\nSubject: x\r\n\r\nFrom: body\r\n"],
  ["folded fields", "Subject: x\r\n y\r\n\tz\r\nFrom: a\r\n\r\n"],
  ["bare line feeds", "Subject: x\n y\nFrom: a\n\nbody"],
  ["a line that is no field, with a fold", "Subject: x\r\nno field\r\n fold: y\r\nFrom: a\r\n\r\n"],
  ["white space before the colon", "Subject \t: x\r\nFROM: a\r\n\r\n"],
  ["a first line that continues nothing", " Subject: x\r\nFrom: a\r\n\r\n"],
  ["no empty line", "From: a\r\nSubject: x"],
  ["nothing but a body", "\r\nFrom: a\r\n"],
  ["a name that is too long", `${"x".repeat(1_000)}: y\r\nFrom: a\r\n\r\n`],
  ["a name that is just short enough", `${"x".repeat(999)}: y\r\nFrom: a\r\n\r\n`],
  ["UTF-8 in values and before a colon", "Subject: \u00fc\u20ac\r\n\u00fc: x\r\nFrom: a\r\n\r\n"],
  [
    "a letter that is k in lower case, and another",
    "\u212aey: x\r\nFrom: a\r\nfrom: b\r\nfroM\t : c\r\n\r\n",
  ],
  ["a name that begins or ends like one", "Fro: a\r\nFromm: b\r\nFrom\r\nSubject\r\n: c\r\nSubjec"],
  ["much white space before the colon", `From${" ".repeat(995)}: a\r\nFrom${" ".repeat(996)}: b\r\n\r\n`],
  ["empty", ""],
];

for (const [name, raw] of HEADERS) {
  test(`fields of text are those of its octets: ${name}`, () => {
    for (const not of [false, true]) {
      const fields = { names: ["from", "subject", "key"], not };
      const octets = extractSection(Buffer.from(raw), { path: [], text: { kind: "fields", ...fields } });
      assert.equal(headerFieldText(fields)(raw), octets?.toString());
    }
  });
}
