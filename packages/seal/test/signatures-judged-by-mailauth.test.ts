import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import { composeMessage } from "@waxwing/message";
import { hashBody, type SignInput, signMessage } from "../src/index.ts";
import { ed25519Key, rsaKey, verdicts } from "./signed-by.ts";

const keys = [rsaKey, ed25519Key];
const now = new Date("2025-02-13T12:00:00Z");
const header = [
  "From: Shop <shop@waxwing.test>",
  "To: ann@example.test",
  "Subject: hello",
  "Date: Thu, 13 Feb 2025 12:00:00 +0000",
  "Message-ID: <1@waxwing.test>",
  "MIME-Version: 1.0",
  "Content-Type: text/plain",
  "List-Unsubscribe: <https://waxwing.test/u>",
  "",
].join("\r\n");
const body = Buffer.from("hello\r\n");

const assemble = (signature: string, head: string | Buffer, content: Buffer): Buffer =>
  Buffer.concat([Buffer.from(signature), Buffer.from(head), Buffer.from("\r\n"), content]);

const signAndJudge = async (
  head: string | Buffer,
  content: Buffer,
  more: Partial<SignInput> = {},
): Promise<string[]> =>
  verdicts(assemble(await signMessage({ header: head, body: content, keys, now, ...more }), head, content));

const bodies: readonly (readonly [title: string, text: string])[] = [
  ["nothing", ""],
  ["one line end", "\r\n"],
  ["many line ends", "\r\n\r\n\r\n"],
  ["only spaces", "  \t "],
  ["spaces and line ends", " \r\n \t\r\n"],
  ["no last line end", "hello"],
  ["spaces before line ends", "a  b \t c  \r\n d\t\r\n"],
  ["spaces at its end", "hello  "],
  ["empty lines at its end", "hello\r\n\r\n \r\n"],
  ["bare LFs", "a\nb \n\nc"],
  ["an LF after CRLF", "a\r\n\nb"],
  ["bare CRs", "a\rb \r c\r"],
  ["CR CR LF", "a\r\r\nb\r\r\n"],
  ["NUL and eight bits", "a\0b \xe4\r\n"],
  ["a long line", `${"x".repeat(200_000)}\r\n`],
  ["a leading space", "  a\r\n"],
];
for (const [title, text] of bodies) {
  test(`a body of ${title} verifies`, async () => {
    assert.deepEqual(await signAndJudge(header, Buffer.from(text, "latin1")), ["pass", "pass"]);
  });
}

const headers: readonly (readonly [title: string, head: string])[] = [
  [
    "folds of every kind",
    `From: Shop\r\n <shop@waxwing.test>\r\nSubject:\r\n\ta\r\n  \t b\r\n c  \r\nTo:   a@b.test \t\r\n`,
  ],
  ["space before the colon", "From : shop@waxwing.test\r\nSubject \t: x\r\n"],
  ["names in any case", "FROM: shop@waxwing.test\r\nsUBJECT: x\r\n"],
  ["empty values", "From: shop@waxwing.test\r\nSubject:\r\nTo: \r\n"],
  ["no From", "Subject: x\r\n"],
  ["two Subjects", "From: shop@waxwing.test\r\nSubject: 1\r\nSubject: 2\r\n"],
  ["UTF-8", "From: Jürgen <jürgen@waxwing.test>\r\nSubject: Grüße \u00a0 É\r\n"],
  ["a field of 900 characters", `From: shop@waxwing.test\r\nSubject: ${"x".repeat(900)}\r\n`],
];
for (const [title, head] of headers) {
  test(`a header with ${title} verifies`, async () => {
    assert.deepEqual(await signAndJudge(head, body), ["pass", "pass"]);
  });
}

test("a header of bytes that are no UTF-8 verifies", async () => {
  assert.deepEqual(
    await signAndJudge(Buffer.from("From: a@waxwing.test\r\nSubject: \xe4\xa0\r\n", "latin1"), body),
    ["pass", "pass"],
  );
});

test("random headers and bodies verify", async () => {
  const space = [" ", "\t", "\r\n ", "  ", "a", "é", ":", "=", "b=", ";"];
  const text = [" ", "\t", "\r\n", "\n", "\r", "a", "b", "é", "\0"];
  const random = (pieces: readonly string[], count: number): string =>
    Array.from({ length: randomInt(count) }, () => pieces[randomInt(pieces.length)]).join("");
  for (let round = 0; round < 60; round++) {
    const head = `From: shop@waxwing.test\r\nSubject: x${random(space, 30)}y\r\nTo:${random(space, 8)}z\r\nX-A: ${random(space, 9)}q\r\n`;
    const content = random(text, 40);
    const found = await signAndJudge(head, Buffer.from(content));
    assert.deepEqual(found, ["pass", "pass"], JSON.stringify([head, content]));
  }
});

test("a composed message verifies from its fields, with its body hashed beforehand", async () => {
  const composed = composeMessage({
    from: { name: "Jürgen", address: "shop@waxwing.test" },
    to: Array.from({ length: 40 }, (_, i) => ({ name: `Ann ${i}`, address: `ann${i}@example.test` })),
    subject: "Grüße ".repeat(30),
    messageId: "1@waxwing.test",
    date: now,
    text: "Grüße =\n \n",
    html: "<p>hi</p>",
    boundarySeed: "s",
  });
  const signature = await signMessage({
    header: composed.headerFields,
    body: Buffer.alloc(0),
    bodyHash: hashBody(composed.body),
    keys,
    now,
    expiresAt: new Date("2999-01-01"),
  });
  assert.match(signature, / x=32472144000;/);
  assert.deepEqual(await verdicts(assemble(signature, composed.header, composed.body)), ["pass", "pass"]);
});

test("the signature has the tags it should, folded", async () => {
  const signature = await signMessage({ header, body, keys: [rsaKey], now });
  assert.match(
    signature,
    /^DKIM-Signature: v=1; a=rsa-sha256; c=relaxed\/relaxed; d=waxwing\.test;\r\n\ts=r1; t=1739448000;\r\n/,
  );
  assert.doesNotMatch(signature, /[;\s][ilx]=/);
  assert.match(signature, /[^\r\n]\r\n$/);
  for (const line of signature.split("\r\n")) assert.ok(line.length <= 78, line);
  const signed = /\sh=([^;]*);/.exec(signature)?.[1]?.replace(/\s/g, "");
  assert.equal(
    signed,
    "from:from:to:to:subject:subject:date:date:message-id:message-id:reply-to:cc:" +
      "mime-version:mime-version:content-type:content-type:list-unsubscribe:list-unsubscribe",
  );
});

test("a list of fields of one's own is obeyed, and From is always in it", async () => {
  const signature = await signMessage({
    header,
    body,
    keys: [rsaKey],
    now,
    headersToSign: ["Subject", "X-None"],
  });
  assert.match(signature, /h=from:from:subject:subject:x-none;/);
});

for (const name of [
  "From",
  "To",
  "Subject",
  "Date",
  "Message-ID",
  "Reply-To",
  "Cc",
  "Content-Type",
  "List-Unsubscribe",
]) {
  for (const [where, place] of [
    ["above", (head: string, line: string) => line + head],
    ["below", (head: string, line: string) => head + line],
  ] as const) {
    test(`another ${name} ${where} the signed header breaks the signature`, async () => {
      const signature = await signMessage({ header, body, keys, now });
      const tampered = place(header, `${name}: evil@evil.test\r\n`);
      assert.ok((await verdicts(assemble(signature, tampered, body))).every((verdict) => verdict !== "pass"));
    });
  }
}

const changes: readonly (readonly [title: string, head: string, content: string])[] = [
  ["the subject", header.replace("hello", "hullo"), "hello\r\n"],
  ["the body", header, "hullo\r\n"],
  ["what follows the body", header, "hello\r\nmore\r\n"],
  ["a signed field taken away", header.replace(/List-Unsub.*\r\n/, ""), "hello\r\n"],
];
for (const [title, head, content] of changes) {
  test(`a change of ${title} breaks the signature`, async () => {
    const signature = await signMessage({ header, body, keys, now });
    assert.ok(
      (await verdicts(assemble(signature, head, Buffer.from(content)))).every(
        (verdict) => verdict !== "pass",
      ),
    );
  });
}

test("what relays do to white space, order of other fields and line ends at the end does not", async () => {
  const signature = await signMessage({ header, body, keys, now });
  const relayed = `Received: from x\r\n${header.replace("Subject: hello", "subject:\r\n\t hello ")}X-Spam: no\r\n`;
  assert.deepEqual(await verdicts(assemble(signature, relayed, Buffer.from("hello \r\n\r\n"))), [
    "pass",
    "pass",
  ]);
});
