import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeBytes } from "./judge-mail.ts";

const BOUNCE = `From: MAILER-DAEMON@mx.example.test
Subject: failure notice

<ann@example.test>:
Sorry, no mailbox here by that name. (#5.1.1)
`;

test("what copying into files puts before the header is passed over", () => {
  for (const before of [
    "",
    "\n",
    "   \r\n\r\n",
    "\xef\xbb\xbf",
    "From MAILER-DAEMON Mon Nov  3 10:11:12 2025\n",
  ]) {
    const verdict = judgeBytes(Buffer.from(before + BOUNCE, "latin1"));
    assert.equal(verdict.class, "hard", JSON.stringify(before));
    assert.deepEqual(
      verdict.recipients.map(({ address }) => address),
      ["ann@example.test"],
    );
  }
});

test("lines may end in CR alone, as they did on a Macintosh", () => {
  const [recipient] = judgeBytes(Buffer.from(BOUNCE.replaceAll("\n", "\r"))).recipients;
  assert.equal(recipient?.address, "ann@example.test");
});

test("nothing, and nothing but empty lines, is other mail", () => {
  for (const raw of ["", "\n\n\n", " ".repeat(5_000)])
    assert.equal(judgeBytes(Buffer.from(raw)).class, "other");
});
