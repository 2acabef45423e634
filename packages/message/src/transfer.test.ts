import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { test } from "node:test";
import { decodeBase64, decodeQuotedPrintable } from "./transfer-decode.ts";
import { chooseTextEncoding, encodeBase64, encodeQuotedPrintable } from "./transfer-encode.ts";

const lines = (bytes: Buffer): string[] => bytes.toString("latin1").split("\r\n");

const samples: readonly (readonly [title: string, bytes: Buffer])[] = [
  ["nothing", Buffer.alloc(0)],
  ["a trailing space", Buffer.from("a \r\nb\t\r\n c ")],
  ["an equals sign at the end of a full line", Buffer.from(`${"a".repeat(75)}=\r\n`)],
  ["exactly 76 characters", Buffer.from("a".repeat(76))],
  ["exactly 77 characters", Buffer.from("a".repeat(77))],
  ["a space as character 76", Buffer.from(`${"a".repeat(75)} \r\n`)],
  ["bare CR and bare LF", Buffer.from("a\rb\nc\r\n")],
  ["UTF-8", Buffer.from("Grüße 🦢\r\n".repeat(50))],
  ["dots", Buffer.from(".\r\n..\r\n")],
  ["every byte", Buffer.from(Array.from({ length: 256 }, (_, i) => i))],
  ["only equals signs", Buffer.alloc(5_000, "=")],
];

for (const [title, bytes] of samples) {
  test(`quoted-printable and base64 carry ${title}`, () => {
    const quoted = encodeQuotedPrintable(bytes);
    assert.deepEqual(decodeQuotedPrintable(quoted), bytes);
    for (const line of lines(quoted)) {
      assert.ok(line.length <= 76);
      assert.doesNotMatch(line, /[ \t]$/);
      assert.match(line, /^[\t\x20-\x7e]*$/);
    }
    assert.deepEqual(decodeBase64(encodeBase64(bytes)), bytes);
    for (const line of lines(encodeBase64(bytes))) assert.ok(line.length <= 76);
  });
}

test("random bytes survive both encodings", () => {
  for (let round = 0; round < 300; round++) {
    const alphabet = Buffer.from(round % 2 === 0 ? "a =\r\n\t.é" : "abc \r\n");
    const bytes = randomBytes(randomInt(400)).map((byte) => alphabet[byte % alphabet.length] ?? 0);
    const buffer = Buffer.from(bytes);
    assert.deepEqual(decodeQuotedPrintable(encodeQuotedPrintable(buffer)), buffer);
    assert.deepEqual(decodeBase64(encodeBase64(buffer)), buffer);
  }
});

const choices: readonly (readonly [title: string, text: string, encoding: string])[] = [
  ["ASCII", "hello\r\n", "7bit"],
  ["a line of 998", `${"a".repeat(998)}\r\n`, "7bit"],
  ["a line of 999", `${"a".repeat(999)}\r\n`, "quoted-printable"],
  ["a last line of 999 without its end", "a".repeat(999), "quoted-printable"],
  ["a NUL", "a text with a\0b\r\n", "quoted-printable"],
  ["mostly ASCII", `Grüße ${"a".repeat(50)}\r\n`, "quoted-printable"],
  ["mostly not", "日本語の本文です\r\n", "base64"],
];
for (const [title, text, encoding] of choices) {
  test(`${title} goes as ${encoding}`, () => assert.equal(chooseTextEncoding(Buffer.from(text)), encoding));
}

const tolerated: readonly (readonly [input: string, output: string])[] = [
  ["a=\r\nb", "ab"],
  ["a=  \r\nb", "ab"],
  ["a=\nb", "ab"],
  ["a=3d", "a="],
  ["a=ZZ", "a=ZZ"],
  ["a=", "a"],
  ["a=4", "a=4"],
];
for (const [input, output] of tolerated) {
  test(`quoted-printable ${JSON.stringify(input)} reads ${JSON.stringify(output)}`, () => {
    assert.equal(decodeQuotedPrintable(Buffer.from(input)).toString(), output);
  });
}
