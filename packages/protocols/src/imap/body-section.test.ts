import assert from "node:assert/strict";
import { test } from "node:test";
import { type BodySection, extractBinary, extractSection, type SectionText } from "./body-section.ts";
import { decodeTransferEncoding } from "./transfer-decoding.ts";

const crlf = (text: string) => Buffer.from(text.replaceAll("\n", "\r\n"));
const SINGLE = crlf("Subject: a\n folded\nX-Two: 1\nx-two: 2\n\nbody\n");
const MIXED = crlf(
  "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\none\n--b\nContent-Type: message/rfc822\n\nSubject: in\n\ntwo\n--b--\n",
);

const all: SectionText = { kind: "all" };
const fields = (names: string[], not = false): SectionText => ({ kind: "fields", names, not });
const CASES: readonly (readonly [
  name: string,
  raw: Buffer,
  path: readonly number[],
  text: SectionText,
  expected: string | null,
])[] = [
  ["the whole message", SINGLE, [], all, SINGLE.toString()],
  [
    "the header with its empty line",
    SINGLE,
    [],
    { kind: "header" },
    "Subject: a\r\n folded\r\nX-Two: 1\r\nx-two: 2\r\n\r\n",
  ],
  ["the text", SINGLE, [], { kind: "text" }, "body\r\n"],
  [
    "fields by name, any case, folded ones whole",
    SINGLE,
    [],
    fields(["subject", "x-two"]),
    "Subject: a\r\n folded\r\nX-Two: 1\r\nx-two: 2\r\n\r\n",
  ],
  ["fields but for some", SINGLE, [], fields(["x-two"], true), "Subject: a\r\n folded\r\n\r\n"],
  ["fields that are not there", SINGLE, [], fields(["to"]), "\r\n"],
  ["part 1 of a message that has no parts", SINGLE, [1], all, "body\r\n"],
  ["part 2 of a message that has no parts", SINGLE, [2], all, null],
  ["part 1.1 of a message that has no parts", SINGLE, [1, 1], all, null],
  ["HEADER of a part that is no message", SINGLE, [1], { kind: "header" }, null],
  ["a part", MIXED, [1], all, "one"],
  ["a part's MIME header", MIXED, [1], { kind: "mime" }, "Content-Type: text/plain\r\n\r\n"],
  ["an attached message", MIXED, [2], all, "Subject: in\r\n\r\ntwo"],
  ["its header", MIXED, [2], { kind: "header" }, "Subject: in\r\n\r\n"],
  ["its fields", MIXED, [2], fields(["subject"]), "Subject: in\r\n\r\n"],
  ["its text", MIXED, [2], { kind: "text" }, "two"],
  ["its only part", MIXED, [2, 1], all, "two"],
  ["a part that is not there", MIXED, [3], all, null],
  ["a path that is too deep", MIXED, [2, 1, 1], all, null],
  ["an empty message", Buffer.alloc(0), [], { kind: "header" }, ""],
  ["a message without a body", crlf("A: b\n"), [], { kind: "text" }, ""],
];

for (const [name, raw, path, text, expected] of CASES) {
  test(name, () => {
    const section: BodySection = { path, text };
    assert.equal(extractSection(raw, section)?.toString() ?? null, expected);
  });
}

test("BINARY undoes the transfer encoding and names one it does not know", () => {
  const encoded = (encoding: string, body: string) =>
    crlf(`Content-Transfer-Encoding: ${encoding}\n\n${body}`);
  assert.equal(extractBinary(encoded("Base64", "aGkg\ndGhlcmU=\n"), [1])?.toString(), "hi there");
  assert.equal(
    extractBinary(encoded("quoted-printable", "a=3Db=\nc=zz=4\n"), [1])?.toString(),
    "a=bc=zz=4\r\n",
  );
  assert.equal(extractBinary(encoded("x-own", "?"), [1]), "unknown-encoding");
  assert.equal(decodeTransferEncoding(Buffer.from("="), "quoted-printable")?.toString(), "=");
});

test("a message built to be slow is not", () => {
  const started = process.cpuUsage().user;
  const boundaries = Array.from(
    { length: 99 },
    (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\n\n--b${i}\n`,
  );
  extractSection(crlf(boundaries.join("") + "\n--b\n".repeat(1_000_000)), { path: [1, 1], text: all });
  extractSection(crlf("a".repeat(10_000_000)), { path: [1], text: all });
  extractSection(crlf(`Content-Type: text/plain${"; ".repeat(1_000_000)}\n\nx`), { path: [1], text: all });
  assert.ok(process.cpuUsage().user - started < 5_000_000, "microseconds of CPU");
});
