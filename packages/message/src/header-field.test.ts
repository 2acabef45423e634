import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeEncodedWords } from "./decode-encoded-word.ts";
import { formatAddressField, formatMailbox } from "./format-mailbox.ts";
import { formatParameter } from "./format-parameter.ts";
import { formatHeaderField, formatTextField } from "./header-field.ts";
import { MessageError } from "./message-error.ts";
import { decodeParameter, parseParameterized } from "./parse-parameter.ts";
import { splitHeader } from "./split-header.ts";

const fieldValue = (line: string): string => splitHeader(Buffer.from(line)).fields[0]?.value ?? "";

const texts = [
  "Your order",
  "",
  "Grüße aus Köln",
  "日本語の件名がとても長いので何行にも分けて書かなければならないという場合の確認です。".repeat(3),
  "🦢🕊️👩‍👩‍👧‍👦".repeat(20),
  "=?utf-8?Q?looks_encoded?=",
  "a".repeat(2_000),
  "word ".repeat(100).trim(),
  "double  spaces  stay",
  `mixed ${"ü ".repeat(60)}end`,
  "tab\there",
];

for (const text of texts) {
  test(`a subject comes back as it went: ${JSON.stringify(text.slice(0, 30))}`, () => {
    const { line } = formatTextField("Subject", text);
    assert.match(line, /\r\n$/);
    for (const part of line.slice(0, -2).split("\r\n")) {
      assert.ok(part.length <= (part.includes("=?") ? 76 : 78), `${part.length}: ${part}`);
      assert.match(part, /\S/, "no line of white space only");
    }
    assert.equal(decodeEncodedWords(fieldValue(line)), text);
  });
}

test("an encoded-word is never longer than 75 characters and never splits a character", () => {
  for (let pad = 0; pad < 12; pad++) {
    const { line } = formatTextField("X", "x".repeat(pad) + "äöü😀".repeat(40));
    for (const [word, payload = ""] of line.matchAll(/=\?utf-8\?B\?([^?]*)\?=/g)) {
      assert.ok(word.length <= 75);
      assert.ok(!Buffer.from(payload, "base64").toString().includes("\ufffd"));
    }
  }
});

const injections = ["a\r\nBcc: x@y.test", "a\nb", "a\rb", "a\0b", "\r\n", "ü\r\nX: y"];
for (const value of injections) {
  test(`a value with a line break or NUL is refused: ${JSON.stringify(value)}`, () => {
    assert.throws(() => formatHeaderField("X-A", value), { name: "MessageError", code: "header-value" });
    assert.throws(() => formatTextField("X-A", value), { name: "MessageError", code: "header-value" });
    assert.throws(() => formatMailbox({ name: value, address: "a@b.test" }), { code: "header-value" });
    assert.throws(() => formatMailbox({ address: value }), { code: "header-value" });
  });
}

for (const name of ["", "a b", "a:b", "a\r\nb", "ü", "a".repeat(77)]) {
  test(`${JSON.stringify(name.slice(0, 10))} is not a header name`, () => {
    assert.throws(() => formatHeaderField(name, "v"), { code: "header-name" });
  });
}

test("a structured value with a word over 998 octets is refused, below that it is folded", () => {
  assert.throws(() => formatHeaderField("References", "a".repeat(999)), MessageError);
  const { line } = formatHeaderField("References", Array(20).fill("<0123456789@waxwing.test>").join(" "));
  for (const part of line.split("\r\n")) assert.ok(part.length <= 78);
});

const mailboxes: readonly (readonly [name: string, formatted: string])[] = [
  ["Shop", "Shop <a@b.test>"],
  ["Q, X", '"Q, X" <a@b.test>'],
  ['The "Q" \\', '"The \\"Q\\" \\\\" <a@b.test>'],
  ["Dr. No", '"Dr. No" <a@b.test>'],
  ["Jürgen", "=?utf-8?Q?J=C3=BCrgen?= <a@b.test>"],
  ["=?x?", "=?utf-8?B?PT94Pw==?= <a@b.test>"],
  ["", "a@b.test"],
];
for (const [name, formatted] of mailboxes) {
  test(`the display name ${JSON.stringify(name)} is written ${formatted}`, () => {
    assert.equal(formatMailbox({ name, address: "a@b.test" }), formatted);
  });
}

test("a long list of recipients is folded", () => {
  const people = Array.from({ length: 50 }, (_, i) => ({
    name: `Jürgen ${i}`,
    address: `p${i}@waxwing.test`,
  }));
  const { line } = formatAddressField("To", people);
  for (const part of line.split("\r\n")) assert.ok(part.length <= 78, part);
});

const fileNames = [
  "invoice.pdf",
  'a "b"; c.pdf',
  "Rechnung März.pdf",
  "日本".repeat(60),
  "",
  "a\r\nX: y.pdf",
  "%41'*.txt",
  "x".repeat(300),
];
for (const fileName of fileNames) {
  test(`a file name comes back as it went: ${JSON.stringify(fileName.slice(0, 30))}`, () => {
    const { line } = formatHeaderField(
      "Content-Disposition",
      `attachment${formatParameter("filename", fileName)}`,
    );
    for (const part of line.split("\r\n")) assert.ok(part.length <= 78, part);
    assert.equal(decodeParameter(parseParameterized(fieldValue(line)).params, "filename"), fileName);
  });
}

const parameterized: readonly (readonly [value: string, name: string, decoded: string | undefined])[] = [
  // RFC 2231 §4.1 and §3, with its own examples.
  [
    "application/x-stuff; title*0*=us-ascii'en'This%20is%20even%20more%20; title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2=\"isn't it!\"",
    "title",
    "This is even more ***fun*** isn't it!",
  ],
  [
    'message/external-body; access-type=URL; URL*0="ftp://"; URL*1="cs.utk.edu/pub"',
    "url",
    "ftp://cs.utk.edu/pub",
  ],
  ["a/b; name*=iso-8859-1'de'M%E4rz", "name", "März"],
  ["a/b; name*=nonsense''M%E4rz", "name", "März"],
  ["a/b; name=plain (comment; x=y)", "name", "plain"],
  ['a/b; name="unterminated', "name", "unterminated"],
  ["a/b;;; ; name=x", "name", "x"],
  ["a/b; name", "name", undefined],
];
for (const [value, name, decoded] of parameterized) {
  test(`the parameter ${name} of ${value.slice(0, 40)} is ${decoded}`, () => {
    assert.equal(decodeParameter(parseParameterized(value).params, name), decoded);
  });
}

const words: readonly (readonly [value: string, decoded: string])[] = [
  // RFC 2047 §8.
  ["=?ISO-8859-1?Q?a?= b", "a b"],
  ["=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"],
  ["=?ISO-8859-1?Q?a?=  \t  =?ISO-8859-1?Q?b?=", "ab"],
  ["=?ISO-8859-1?Q?a_b?=", "a b"],
  ["=?ISO-8859-1?Q?Patrik_F=E4ltstr=F6m?= <paf@nada.kth.se>", "Patrik Fältström <paf@nada.kth.se>"],
  ["=?utf-8?B?w6Q=?=", "ä"],
  ["=?utf-8?B?ww==?= =?utf-8?B?pA==?=", "ä"],
  ["=?utf-8*en?Q?=C3=A4?=", "ä"],
  ["=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"],
  ["=?x-unknown?Q?=E4?=", "ä"],
  ["=?utf-8?Q?a=00b=0D=0Ac?=", "a b  c"],
  ["=?utf-8?X?a?=", "=?utf-8?X?a?="],
  ["=?utf-8?Q?open", "=?utf-8?Q?open"],
];
for (const [value, decoded] of words) {
  test(`${value} reads ${JSON.stringify(decoded)}`, () => assert.equal(decodeEncodedWords(value), decoded));
}
