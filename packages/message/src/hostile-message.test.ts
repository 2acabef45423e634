import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { test } from "node:test";
import { parseComplaintReport } from "./arf.ts";
import { parseDeliveryReport } from "./dsn.ts";
import { messageLimits } from "./limits.ts";
import { walkParts } from "./mime-part.ts";
import { parseMessage } from "./parse.ts";

const MB = 1_000_000;
const repeat = (piece: string, bytes: number): string => piece.repeat(Math.ceil(bytes / piece.length));
/** Multiparts inside each other, none closed. */
const nest = (depth: number, prefix = ""): string =>
  Array.from(
    { length: depth },
    (_, i) => `Content-Type: multipart/mixed; boundary="${prefix}${i}"\r\n\r\n--${prefix}${i}\r\n`,
  ).join("");

const hostile: readonly (readonly [title: string, raw: string])[] = [
  ["one endless line", repeat("x", 3 * MB)],
  ["one endless header line", `Subject: ${repeat("x", 3 * MB)}`],
  ["only line feeds", repeat("\n", 3 * MB)],
  ["only CRs", repeat("\r", 3 * MB)],
  ["a megabyte of empty fields", repeat("a:\n", 2 * MB)],
  ["one field of a million folds", `Subject: a${repeat("\r\n b", 2 * MB)}`],
  ["spaces before a colon that never comes", `a${repeat(" ", 2 * MB)}b`],
  ["nested 5,000 deep", nest(5_000)],
  ["messages 5,000 deep", repeat("Content-Type: message/rfc822\r\n\r\n", 5_000 * 34)],
  ["300,000 parts", `Content-Type: multipart/mixed; boundary=b\r\n\r\n${repeat("--b\r\n\r\n", 2 * MB)}`],
  [
    "near-boundaries under 90 levels",
    `${nest(90, "x".repeat(60))}\r\n${repeat(`--${"x".repeat(60)}y\r\n`, 2 * MB)}`,
  ],
  ["dashes", `Content-Type: multipart/mixed; boundary=b\r\n\r\n${repeat("--\r\n", 2 * MB)}`],
  ["open comments", `From: ${repeat("(", MB)}`],
  ["open angle brackets", `From: ${repeat("<", MB)}\r\nTo: ${repeat("a@b,", MB / 2)}`],
  ["open quotes", `From: ${repeat('"a', MB)}`],
  ["open encoded-words", `Subject: ${repeat("=?utf-8?q?", MB)}`],
  ["encoded-words", `Subject: ${repeat("=?utf-8?q?a?= ", MB)}`],
  ["parameters", `Content-Type: a/b${repeat(";a=b", MB)}`],
  ["open comments in a type", `Content-Type: a/b;${repeat("(", MB)}`],
  ["html of angle brackets", `Content-Type: text/html\r\n\r\n${repeat("<", MB)}`],
  ["html of open styles", `Content-Type: text/html\r\n\r\n${repeat("<style>", MB)}`],
  ["equals signs", `Content-Transfer-Encoding: quoted-printable\r\n\r\n${repeat("= ", MB)}`],
  ["references", `References: ${repeat("<a@b>", MB)}${repeat("<", MB)}`],
  ["a date of brackets", `Date: ${repeat("(", MB)}`],
  [
    "report recipients",
    `Content-Type: message/delivery-status\r\n\r\n${repeat("Final-Recipient: a\r\n\r\n", MB)}`,
  ],
];

for (const [title, text] of hostile) {
  test(`a message of ${title} is parsed within bounds`, () => {
    const raw = Buffer.from(text, "latin1");
    const started = process.cpuUsage();
    const parsed = parseMessage(raw);
    parseDeliveryReport(raw, parsed.root);
    parseComplaintReport(raw, parsed.root);
    const cpu = process.cpuUsage(started);
    // Linear work on 3 MB takes tens of milliseconds; the quadratic mistakes this guards against take minutes.
    assert.ok(cpu.user + cpu.system < 3_000_000, `${(cpu.user + cpu.system) / 1000} ms`);
    assert.ok([...walkParts(parsed.root)].length <= messageLimits.mimeParts);
    assert.ok(JSON.stringify([parsed.envelope, parsed.bodyStructure]).length < 3 * raw.length + 2_000);
    assert.doesNotMatch(JSON.stringify([parsed.envelope, parsed.bodyStructure, parsed.subject]), /\\u0000/);
  });
}

test("random splices of MIME never throw, and every offset is inside", () => {
  const pieces = [
    "\r\n",
    "\n",
    "\r",
    "--b",
    "--b--",
    "Content-Type: ",
    "multipart/mixed; boundary=b",
    "message/rfc822",
    "text/plain",
    "multipart/report",
    "message/delivery-status",
    "message/feedback-report",
    ":",
    ";",
    '"',
    "(",
    "<",
    "@",
    "=?utf-8?B?",
    "?=",
    "\0",
    "\x80",
    "From: ",
    "Final-Recipient: rfc822;a@b",
    "Feedback-Type: abuse",
    " ",
    "charset*0*=x''%",
  ];
  for (let round = 0; round < 3_000; round++) {
    const text = Array.from({ length: randomInt(60) }, () => pieces[randomInt(pieces.length)]).join("");
    const raw =
      round % 3 === 0
        ? Buffer.concat([Buffer.from(text, "latin1"), randomBytes(50)])
        : Buffer.from(text, "latin1");
    const parsed = parseMessage(raw);
    parseDeliveryReport(raw, parsed.root);
    parseComplaintReport(raw, parsed.root);
    for (const part of walkParts(parsed.root)) {
      assert.ok(
        part.headerStart <= part.bodyStart && part.bodyStart <= part.bodyEnd && part.bodyEnd <= raw.length,
      );
      for (const child of part.parts)
        assert.ok(child.headerStart >= part.bodyStart && child.bodyEnd <= part.bodyEnd);
    }
  }
});
