import assert from "node:assert/strict";
import { test } from "node:test";
import { formatTextField } from "@waxwing/message";
import { readSubmission, type SubmissionBody } from "./submission.ts";

const NOW = Date.UTC(2026, 0, 1);
const valid: SubmissionBody = { from: "shop@b.test", to: "ann@example.test", subject: "Hi", text: "Hi" };

const submitter = { projectId: "project", keyId: "key" };

const read = (change: Partial<SubmissionBody>) => readSubmission({ ...valid, ...change }, submitter, NOW);

function problemsOf(change: Partial<SubmissionBody>): Record<string, string> {
  const reading = read(change);
  if (reading.kind !== "invalid") return { kind: reading.kind };
  return Object.fromEntries(reading.errors.map(({ field, message }) => [field, message]));
}

function accepted(change: Partial<SubmissionBody>) {
  const reading = read(change);
  assert.equal(reading.kind, "submission", JSON.stringify(reading));
  return reading.kind === "submission" ? reading.submission : assert.fail();
}

test("the smallest submission has its defaults", () => {
  assert.deepEqual(accepted({}), {
    kind: "parts",
    ...submitter,
    options: {},
    headers: {
      from: { address: "shop@b.test" },
      to: [{ address: "ann@example.test" }],
      cc: [],
      replyTo: [],
      custom: [],
    },
    bcc: [],
    subject: "Hi",
    content: { text: "Hi", attachments: [] },
    tags: [],
    metadata: {},
    priority: "standard",
    sendAtMs: null,
    ttlMs: null,
  });
});

test("all problems come at once, each with its field", () => {
  assert.deepEqual(
    problemsOf({
      from: { email: "Shop <shop@b.test>" },
      to: ["ann@example.test", "nobody"],
      cc: [{ email: "a b@example.test" }],
      reply_to: "a@x.test, b@y.test",
      subject: "Hi\r\nBcc: x@y.test",
      headers: { "X-Foo": "a\nb", Subject: "mine" },
      attachments: [{ filename: "", content: "a-b=" }],
      tags: [""],
      send_at: "tomorrow",
      ttl_seconds: 0,
    }),
    {
      "from.email": "must be the address alone; the name goes into name",
      "to[1]": "has no @",
      "cc[0].email": "has a character before the @ that needs quotes or is not allowed",
      reply_to: "has more than one @; several addresses go in an array",
      subject: "contains CR or LF",
      "attachments[0].filename": "is empty",
      "attachments[0].content": 'is not base64: character 2 is "-", which only the URL-safe alphabet has',
      "headers.X-Foo": "contains CR or LF",
      "headers.Subject": "cannot be set: it is written for you",
      "tags[0]": "is empty",
      send_at: "must be an ISO 8601 time with its offset, such as 2026-01-31T09:30:00Z",
      ttl_seconds: "must be a whole number from 1 to 2592000",
    },
  );
});

const injections = ["a\rb", "a\nb", "a\r\nBcc: x@y.test", "a\0b", "\r\n", "\ud800"];

test("CR, LF, NUL and half characters get into no field that ends in a header or a column", () => {
  const attachment = { filename: "a.txt", content: "aGk=" };
  const places: readonly (readonly [string, (evil: string) => Partial<SubmissionBody>])[] = [
    ["from.name", (name) => ({ from: { email: "shop@b.test", name } })],
    ["from.email", (evil) => ({ from: { email: `shop${evil}@b.test` } })],
    ["from", (evil) => ({ from: `Shop ${evil} <shop@b.test>` })],
    ["to[0].name", (name) => ({ to: [{ email: "a@b.test", name }] })],
    ["to", (evil) => ({ to: `Ann ${evil}x <a@b.test>` })],
    ["cc", (evil) => ({ cc: `"${evil}" <a@b.test>` })],
    ["bcc", (evil) => ({ bcc: `a@${evil}b.test` })],
    ["reply_to.name", (name) => ({ reply_to: { email: "a@b.test", name } })],
    ["subject", (subject) => ({ subject })],
    ["headers.X-Foo", (value) => ({ headers: { "X-Foo": value } })],
    ["attachments[0].filename", (filename) => ({ attachments: [{ ...attachment, filename }] })],
    [
      "attachments[0].type",
      (evil) => ({ attachments: [{ ...attachment, type: `text/plain; name=${evil}x` }] }),
    ],
    ["attachments[0].content_id", (content_id) => ({ attachments: [{ ...attachment, content_id }] })],
    ["tags[0]", (tag) => ({ tags: [tag] })],
  ];
  for (const evil of injections) {
    for (const [field, change] of places) {
      assert.deepEqual(Object.keys(problemsOf(change(evil))), [field], JSON.stringify([field, evil]));
    }
  }
  for (const evil of ["a\0b", "\ud800"]) {
    assert.deepEqual(Object.keys(problemsOf({ metadata: { key: evil } })), ["metadata.key"]);
    assert.equal(Object.keys(problemsOf({ metadata: { [evil]: "x" } })).length, 1);
  }
  for (const evil of [...injections, "X Foo", "X:", "", "x".repeat(77), "é"]) {
    assert.match(
      Object.keys(problemsOf({ headers: { [evil]: "x" } }))[0] ?? "none",
      /^headers[.[]/,
      JSON.stringify(evil),
    );
  }
});

test("RFC 2047 in a name cannot smuggle a line break", () => {
  const { from } = accepted({ from: "=?utf-8?q?a=0D=0ABcc=3A_x?= <shop@b.test>" }).headers;
  assert.doesNotMatch(from.name ?? "", /\p{Cc}/u);
});

test("reserved headers are refused whatever their case, and no header may come twice", () => {
  for (const name of [
    "BCC",
    "from",
    "DKIM-Signature",
    "Content-Type",
    "received",
    "Message-Id",
    "Return-Path",
  ]) {
    assert.deepEqual(problemsOf({ headers: { [name]: "x" } }), {
      [`headers.${name}`]: "cannot be set: it is written for you",
    });
  }
  assert.deepEqual(problemsOf({ headers: { "X-A": "1", "x-a": "2" } }), { "headers.x-a": "is there twice" });
  assert.deepEqual(accepted({ headers: { "X-A": "ü", References: "<a@b.test>" } }).headers.custom, [
    ["X-A", "ü"],
    ["References", "<a@b.test>"],
  ]);
});

test("what the composer could not write later is refused now", () => {
  assert.deepEqual(problemsOf({ subject: "x".repeat(999) }), { subject: "is over 998 characters long" });
  formatTextField("Subject", accepted({ subject: "x".repeat(998) }).subject);
  assert.match(problemsOf({ headers: { "List-Id": "ü" } })["headers.List-Id"] ?? "", /printable ASCII/);
  assert.match(
    problemsOf({ headers: { A: "b", References: "x".repeat(999) } })["headers.References"] ?? "",
    /too long/,
  );
  const attachments = [{ filename: "a", content: "", content_id: "a b" }];
  assert.match(problemsOf({ attachments })["attachments[0].content_id"] ?? "", /content id/);
});

test("recipients are counted over to, cc and bcc", () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `u${index}@b.test`);
  accepted({ to: many(998), cc: "a@b.test", bcc: ["b@b.test"] });
  assert.deepEqual(problemsOf({ to: many(999), cc: "a@b.test", bcc: ["b@b.test"] }), {
    to: "with cc and bcc has 1001 recipients; at most 1000 are allowed",
  });
  assert.deepEqual(problemsOf({ to: [] }), { to: "must name at least one recipient" });
});

test("something to read is needed", () => {
  const { text: _, ...silent } = valid;
  const reading = readSubmission({ ...silent, html: "" }, submitter, NOW);
  assert.deepEqual(reading, {
    kind: "invalid",
    errors: [{ field: "text", message: "is required, unless there is html or an attachment" }],
  });
  assert.equal(
    readSubmission({ ...silent, attachments: [{ filename: "a", content: "" }] }, submitter, NOW).kind,
    "submission",
  );
});

test("base64 is checked strictly", () => {
  const contentProblem = (content: string) =>
    problemsOf({ attachments: [{ filename: "a", content }] })["attachments[0].content"];
  for (const good of ["", "QQ==", "QUI=", "QUJD", "+/+/"])
    assert.equal(contentProblem(good), undefined, good);
  for (const bad of [
    "Q",
    "QQ",
    "QQ=",
    "Q===",
    "====",
    "QQ==QQ==",
    "QUJD\n",
    "QU D",
    "QUJ_",
    "ü===",
    "data:text/plain;base64,QQ==",
  ]) {
    assert.match(contentProblem(bad) ?? "accepted", /^is not base64/, bad);
  }
  assert.equal(contentProblem("QUJD\r\nQUJD"), "is not base64: character 5 is a line break");
});

test("30 MiB of decoded content fit, one byte more does not", () => {
  const limit = 30 * 1024 * 1024;
  const content = Buffer.alloc(limit - 3).toString("base64");
  accepted({ text: "123", attachments: [{ filename: "a", content }] });
  const reading = read({ text: "1234", attachments: [{ filename: "a", content }] });
  assert.equal(reading.kind, "too-large");
});

test("a hostile attachment of 40 MB is refused in linear time", () => {
  const startedAt = performance.now();
  assert.match(
    problemsOf({ attachments: [{ filename: "a", content: `${"A".repeat(40_000_000)}!===` }] })[
      "attachments[0].content"
    ] ?? "",
    /"!"/,
  );
  assert.ok(performance.now() - startedAt < 2_000);
});

test("times are read with their offset, up to 72 hours ahead", () => {
  assert.equal(accepted({ send_at: "2026-01-01T01:00:00+00:00" }).sendAtMs, NOW + 3_600_000);
  assert.equal(accepted({ send_at: "2026-01-01T01:00+00:30" }).sendAtMs, NOW + 1_800_000);
  assert.equal(accepted({ send_at: "2025-12-31T23:59:59Z" }).sendAtMs, null);
  assert.equal(accepted({ send_at: "2026-01-04T00:00:00Z" }).sendAtMs, NOW + 72 * 3_600_000);
  assert.deepEqual(problemsOf({ send_at: "2026-01-04T00:00:00.001Z" }), {
    send_at: "is more than 72 hours ahead",
  });
  for (const bad of [
    "2026-01-01T01:00:00",
    "2026-01-01",
    "1767225600",
    "2026-02-30T00:00:00Z",
    "2026-01-01T25:00:00Z",
    "Thu, 01 Jan 2026 01:00:00 GMT",
  ]) {
    assert.match(problemsOf({ send_at: bad }).send_at ?? "accepted", /ISO 8601/, bad);
  }
});

test("tags and metadata have their limits", () => {
  assert.deepEqual(problemsOf({ tags: ["x".repeat(256)] }), { "tags[0]": "is over 255 characters long" });
  assert.deepEqual(problemsOf({ tags: Array(11).fill("x") }), { tags: "must have at most 10 items" });
  accepted({ metadata: { k: "x".repeat(9_999) } });
  assert.deepEqual(problemsOf({ metadata: { k: "ü".repeat(5_000) } }), {
    metadata: "must have at most 10000 bytes in all, not 10001",
  });
});

test("no more than 100 problems are reported", () => {
  const reading = read({ to: Array(1_000).fill("x") });
  assert.equal(reading.kind === "invalid" ? reading.errors.length : 0, 100);
});

test("answers come to one place", () => {
  assert.deepEqual(accepted({ track: { replies: true } }).options, { track: { replies: true } });
  assert.deepEqual(problemsOf({ track: { replies: true }, reply_to: "help@b.test" }), {
    reply_to: "cannot stand beside track.replies: answers come to this platform then",
  });
});
