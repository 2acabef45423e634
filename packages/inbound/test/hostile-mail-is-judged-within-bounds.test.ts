import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { suite, test } from "node:test";
import { parseMessage } from "@waxwing/message";
import { judgeMail } from "../src/judge-mail.ts";
import { VERDICT_CLASSES } from "../src/verdict.ts";
import { CORPUS } from "./corpus/sample.ts";

const MB = 1_000_000;
const repeat = (piece: string, bytes: number): string => piece.repeat(Math.ceil(bytes / piece.length));
const DAEMON = "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.test\r\nSubject: failure notice\r\n";
const nest = (depth: number): string =>
  Array.from(
    { length: depth },
    (_, i) => `Content-Type: multipart/mixed; boundary="n${i}"\r\n\r\n--n${i}\r\n`,
  ).join("");
const report = (fields: string): string =>
  `${DAEMON}Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\r\nIt failed.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n${fields}\r\n--b--\r\n`;

const hostile: readonly (readonly [title: string, raw: string])[] = [
  [
    "parts nested 100 deep",
    `${DAEMON}${nest(100)}Content-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; a@b.test\r\nAction: failed\r\nStatus: 5.1.1\r\n`,
  ],
  ["parts nested 5,000 deep", `${DAEMON}${nest(5_000)}`],
  [
    "messages inside each other, 100 deep",
    `${DAEMON}${repeat("Content-Type: message/rfc822\r\n\r\n", 100 * 34)}`,
  ],
  [
    "10 MB of header fields",
    `${DAEMON}${repeat("X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", 10 * MB)}\r\nHi.`,
  ],
  ["one field of 10 MB", `${DAEMON}References: ${repeat("<a@b> ", 10 * MB)}\r\n\r\nHi.`],
  ["a subject of 5 MB", `From: a@b.test\r\nSubject: ${repeat("undeliverable re: ", 5 * MB)}\r\n\r\nHi.`],
  ["5 MB of addresses on one line", `${DAEMON}\r\n${repeat("a@b.test,", 5 * MB)}`],
  ["5 MB of recipients in prose", `${DAEMON}\r\n${repeat("<a1@b.test>:\r\nno such user\r\n", 5 * MB)}`],
  [
    "5 MB of recipients in a report",
    report(
      repeat(
        "Final-Recipient: rfc822; a@b.test\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 x\r\n\r\n",
        5 * MB,
      ),
    ),
  ],
  [
    "recipients with a reply each",
    report(
      Array.from(
        { length: 5_000 },
        (_, i) =>
          `Final-Recipient: rfc822; a${i}@b.test\r\nAction: failed\r\nStatus: 5.0.0\r\nDiagnostic-Code: smtp; 550 ${i} ${"x ".repeat(200)}\r\n\r\n`,
      ).join(""),
    ),
  ],
  [
    "one reply of 5 MB",
    report(
      `Final-Recipient: rfc822; a@b.test\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; ${repeat("mailbox full over quota is ", 5 * MB)}`,
    ),
  ],
  ["signs without end", `${DAEMON}\r\n${repeat("@", 3 * MB)}`],
  ["almost addresses", `${DAEMON}\r\n${repeat("a@b.c.", 3 * MB)}`],
  ["almost addresses on lines", `${DAEMON}\r\n${repeat(`${"x".repeat(990)}@\r\n`, 3 * MB)}`],
  ["labels", `${DAEMON}\r\n${repeat("recipient: recipient: recipient: @\r\n", 3 * MB)}`],
  ["spaces before an address", `${DAEMON}\r\n${repeat(`${" ".repeat(980)}a@b\r\n`, 3 * MB)}`],
  ["almost reply codes", `${DAEMON}\r\na@b.test ${repeat("550 5.1.", 3 * MB)}`],
  ["almost enhanced codes", `${DAEMON}\r\n<a@b.test>: ${repeat("5.1.1.", 3 * MB)}`],
  ["words of failure", `${DAEMON}\r\n${repeat("mailbox account user recipient is is is not not ", 3 * MB)}`],
  [
    "words of a challenge",
    `From: a@b.test\r\nSubject: confirm verif\r\n\r\n${repeat("only once first time ", 3 * MB)}`,
  ],
  ["line ends", `${DAEMON}\r\n${repeat("\n", 5 * MB)}`],
  ["html of brackets", `${DAEMON}Content-Type: text/html\r\n\r\n${repeat("<p><", 3 * MB)}`],
  ["html of open styles", `${DAEMON}Content-Type: text/html\r\n\r\n${repeat("<style>", 3 * MB)}`],
  ["html of entities", `${DAEMON}Content-Type: text/html\r\n\r\n${repeat("&#999999;&amp", 3 * MB)}`],
  ["marks of a returned message", `${DAEMON}\r\n${repeat("----- Original message -----\r\n", 3 * MB)}`],
  [
    "failed recipients in a field",
    `${DAEMON}X-Failed-Recipients: ${repeat("a@b.test, ", 3 * MB)}\r\n\r\nIt could not be delivered.`,
  ],
  [
    "a charset that nobody knows",
    `${DAEMON}Content-Type: text/plain; charset=x-klingon\r\n\r\n\xff\xfe <a@b.test>: 550 5.1.1 no such user`,
  ],
  ["UTF-16 without its second half", `${DAEMON}Content-Type: text/plain; charset=utf-16\r\n\r\n\xd8\x00\xd8`],
  [
    "ISO-2022-JP that never ends",
    `${DAEMON}Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B${repeat("0!", MB)}`,
  ],
  [
    "a complaint of 5 MB",
    `Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n${repeat("Original-Rcpt-To: a@b.test\r\n", 5 * MB)}\r\n--b--`,
  ],
];

const judge = (raw: Buffer) => judgeMail(raw, parseMessage(raw), { isNullSender: true });

suite("hostile mail is judged within bounds", { timeout: 60_000 }, () => {
  for (const [title, text] of hostile) {
    test(title, () => {
      const raw = Buffer.from(text, "latin1");
      const parsed = parseMessage(raw);
      const started = process.cpuUsage();
      const { verdict } = judgeMail(raw, parsed, { isNullSender: true });
      const { user, system } = process.cpuUsage(started);
      // Measured: under 60 ms each. What this guards against is quadratic and takes minutes.
      assert.ok(user + system < 2_000_000, `${(user + system) / 1000} ms`);
      assert.ok(verdict.recipients.length <= 1_000);
      assert.ok(JSON.stringify(verdict).length < 2 * MB, String(JSON.stringify(verdict).length));
    });
  }

  test("mutated samples never throw, and always get a verdict", () => {
    const pieces = CORPUS.map(({ raw }) => raw);
    const pick = (): Buffer => pieces[randomInt(pieces.length)] ?? Buffer.alloc(0);
    const mutate = (raw: Buffer): Buffer => {
      const at = randomInt(raw.length + 1);
      const other = pick();
      switch (randomInt(6)) {
        case 0:
          return raw.subarray(0, at);
        case 1:
          return Buffer.concat([raw.subarray(0, at), other.subarray(randomInt(other.length + 1))]);
        case 2:
          return Buffer.concat([raw.subarray(0, at), randomBytes(randomInt(20)), raw.subarray(at)]);
        case 3:
          return Buffer.concat([
            raw.subarray(0, at),
            raw.subarray(Math.min(raw.length, at + randomInt(200))),
          ]);
        case 4: {
          const copy = Buffer.from(raw);
          for (let i = 0; i < 8 && copy.length > 0; i++) copy[randomInt(copy.length)] = randomInt(256);
          return copy;
        }
        default:
          return Buffer.concat([raw, raw.subarray(at)]);
      }
    };
    for (let round = 0; round < 3_000; round++) {
      let raw = pick();
      for (let times = randomInt(4); times >= 0; times--) raw = mutate(raw);
      const { verdict } = judge(raw);
      assert.ok(VERDICT_CLASSES.includes(verdict.class));
      assert.ok(verdict.confidence > 0 && verdict.confidence <= 1 && verdict.rule !== "");
    }
  });
});
