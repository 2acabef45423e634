import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { test } from "node:test";
import { parseMimeParts, walkParts } from "./mime-part.ts";
import { decodePartText } from "./part-text.ts";
import { rewriteTextParts, type TextPart } from "./rewrite-text-parts.ts";

const CRLF = "\r\n";
const message = (...lines: string[]): Buffer => Buffer.from(lines.join(CRLF), "latin1");
const seen = (raw: Buffer): TextPart[] => {
  const parts: TextPart[] = [];
  rewriteTextParts(raw, (part) => {
    parts.push(part);
    return undefined;
  });
  return parts;
};
const shout = (raw: Buffer): string =>
  rewriteTextParts(raw, ({ text }) => text.toUpperCase()).toString("latin1");

const alternative = message(
  "Subject: Hello",
  'Content-Type: multipart/alternative; boundary="b1"',
  "",
  "preamble, kept",
  "--b1",
  "Content-Type: text/plain; charset=iso-8859-1; format=flowed",
  "Content-Transfer-Encoding: quoted-printable",
  "",
  "caf=E9 =",
  "now",
  "--b1",
  "Content-Type: text/html; charset=utf-8",
  "Content-Transfer-Encoding: base64",
  "",
  Buffer.from("<p>é</p>\n").toString("base64"),
  "--b1--",
  "epilogue, kept",
);

test("each text is given decoded, in order", () => {
  assert.deepEqual(seen(alternative), [
    { type: "text/plain", text: "café now" },
    { type: "text/html", text: "<p>é</p>\n" },
  ]);
});

test("nothing rewritten gives back the same buffer", () => {
  assert.equal(
    rewriteTextParts(alternative, () => undefined),
    alternative,
  );
  assert.equal(
    rewriteTextParts(alternative, ({ text }) => text),
    alternative,
  );
});

test("only the parts that change change", () => {
  const rewritten = rewriteTextParts(alternative, ({ type, text }) =>
    type === "text/plain" ? `${text} €\nbye` : undefined,
  ).toString("latin1");
  assert.equal(
    rewritten,
    alternative
      .toString("latin1")
      .replace("charset=iso-8859-1; format=flowed", "charset=utf-8; format=flowed")
      .replace("caf=E9 =\r\nnow", "caf=C3=A9 now =E2=82=AC\r\nbye"),
  );
});

const cases: readonly (readonly [title: string, raw: Buffer, expected: string])[] = [
  ["a message without MIME fields", message("Subject: x", "", "abc", ""), "Subject: x\r\n\r\nABC\r\n"],
  ["a message without a header", message("", "abc"), "\r\nABC"],
  [
    "8bit stays 8bit",
    message("Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "", "\xc3\xa9"),
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xc3\x89",
  ],
  [
    "fields given twice become one",
    message("Content-Type: text/plain; charset=iso-8859-1", "Content-Type: text/html", "", "\xe9"),
    // Short texts with many such letters are smaller in base64.
    "Content-Transfer-Encoding: base64\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nw4k=\r\n",
  ],
];
for (const [title, raw, expected] of cases) {
  test(title, () => assert.equal(shout(raw), expected));
}

test("a text that was ASCII and is not any more says so", () => {
  const rewritten = rewriteTextParts(message("Subject: x", "", "abc"), ({ text }) => `${text.repeat(30)} é`);
  const root = parseMimeParts(rewritten);
  assert.equal(root.encoding, "quoted-printable");
  assert.equal(decodePartText(rewritten, root), `${"abc".repeat(30)} é`);
  assert.match(rewritten.toString(), /^Content-Type: text\/plain; charset=utf-8\r\n/m);
});

test("a line too long for the wire is encoded", () => {
  const rewritten = rewriteTextParts(message("Subject: x", "", "abc"), () => "x".repeat(2_000));
  assert.ok(
    rewritten
      .toString()
      .split(CRLF)
      .every((line) => line.length <= 998),
  );
  assert.equal(decodePartText(rewritten, parseMimeParts(rewritten)), "x".repeat(2_000));
});

test("a new text cannot end its own part", () => {
  const hostile = "--b1\r\nContent-Type: text/html\r\n\r\n<script>";
  const rewritten = rewriteTextParts(alternative, () => hostile);
  assert.deepEqual(seen(rewritten), [
    { type: "text/plain", text: hostile },
    { type: "text/html", text: hostile },
  ]);
});

const untouched: readonly (readonly [title: string, raw: Buffer])[] = [
  [
    "an attachment",
    message("Content-Type: text/plain", "Content-Disposition: Attachment; size=3", "", "abc"),
  ],
  [
    "a named inline file",
    message("Content-Type: text/html", "Content-Disposition: inline; filename=a.html", "", "abc"),
  ],
  ["another type", message("Content-Type: text/calendar", "", "abc")],
  ["an attached message", message("Content-Type: message/rfc822", "", "Subject: y", "", "abc")],
  [
    "a signed text",
    message("Content-Type: multipart/signed; boundary=b", "", "--b", "", "abc", "--b", "", "sig", "--b--"),
  ],
  ["an unknown charset", message("Content-Type: text/plain; charset=klingon", "", "abc")],
  ["bytes that are not UTF-8", message("Content-Type: text/plain; charset=utf-8", "", "abc\xe9")],
  ["an unknown encoding", message("Content-Transfer-Encoding: x-uuencode", "", "abc")],
  ["a header without a body", message("Subject: abc", "")],
];
for (const [title, raw] of untouched) {
  test(`${title} is left alone`, () => {
    assert.deepEqual(seen(raw), []);
    assert.equal(
      rewriteTextParts(raw, () => "changed"),
      raw,
    );
  });
}

test("random splices keep their structure, and what is rewritten reads back", () => {
  const pieces = [
    CRLF,
    CRLF,
    "--b",
    "--b--",
    "Content-Type: ",
    "multipart/mixed; boundary=b",
    "multipart/signed; boundary=b",
    "text/plain; charset=iso-8859-1",
    "text/html; charset=utf-8",
    "Content-Transfer-Encoding: ",
    "base64",
    "quoted-printable",
    "8bit",
    "\xe9",
    "=",
    " ",
    ":",
    "abc",
  ];
  for (let round = 0; round < 3_000; round++) {
    const text = Array.from({ length: randomInt(60) }, () => pieces[randomInt(pieces.length)]).join("");
    const raw = Buffer.concat(
      [Buffer.from(text, "latin1"), round % 3 === 0 ? randomBytes(20) : ""].map(Buffer.from),
    );
    const marker = `--b\r\n\r\n--b--\r\n${"é".repeat(randomInt(5))}`;
    const before = seen(raw);
    const after = rewriteTextParts(raw, () => marker);
    assert.deepEqual(
      seen(after),
      before.map(({ type }) => ({ type, text: marker })),
    );
    assert.equal([...walkParts(parseMimeParts(after))].length, [...walkParts(parseMimeParts(raw))].length);
  }
});

test("a message of many megabytes takes linear time", () => {
  const line = `${"Grüße ".repeat(10)}\r\n`;
  const raw = Buffer.from(
    `Content-Type: multipart/mixed; boundary=b\r\n\r\n${`--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${line.repeat(10)}\r\n`.repeat(900)}--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${line.repeat(60_000)}`,
  );
  const started = process.cpuUsage();
  const rewritten = rewriteTextParts(raw, ({ text }) => text.replaceAll("Grüße", "Hallo"));
  const cpu = process.cpuUsage(started);
  assert.ok(rewritten.length > 3_000_000);
  assert.ok(cpu.user + cpu.system < 5_000_000, `${(cpu.user + cpu.system) / 1000} ms`);
});
