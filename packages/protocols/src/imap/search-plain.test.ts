import assert from "node:assert/strict";
import { test } from "node:test";
import { cannotContain } from "./search-plain.ts";

const MAIL = "Subject: one\r\n two\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello World,\r\nbye\r\n";

for (const [name, raw, wanted, where, ruledOut] of [
  ["what is not there", MAIL, "zebra", "body", true],
  ["what is there in another case", MAIL, "hello world", "body", false],
  ["what a fold in the header parts", MAIL, "one two", "text", false],
  ["words of which one is not there", MAIL, "one zebra", "text", true],
  [
    "what a fold in a message inside parts",
    `${MAIL}Content-Type: message/rfc822\r\n`,
    "one two",
    "body",
    false,
  ],
  ["letters that are not ASCII", MAIL.replace("Hello", "H\u00e9llo"), "zebra", "body", false],
  ["an encoded body", `Content-Transfer-Encoding: BASE64\r\n${MAIL}`, "zebra", "body", false],
  ["an encoded word", MAIL.replace("one", "=?utf-8?q?=7aebra?="), "zebra", "text", false],
  ["another character set", MAIL.replace("utf-8", "utf-16"), "zebra", "body", false],
  ["another character set, folded", MAIL.replace("utf-8", '\r\n "utf-16be"'), "zebra", "body", false],
  ["an escape to another character set", MAIL.replace("Hello", "\x1b$BHello"), "zebra", "body", false],
] as const) {
  test(`${name}: ${ruledOut ? "ruled out" : "looked at"}`, () => {
    assert.equal(cannotContain(raw, wanted, where), ruledOut);
  });
}
