import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { test } from "node:test";
import { type ComposeFields, composeHeader, composeMessage } from "./compose.ts";
import { type ComposeContent, composeBody } from "./compose-body.ts";
import { walkParts } from "./mime-part.ts";
import { parseMessage } from "./parse.ts";
import { decodePart, decodePartText, partFilename } from "./part-text.ts";

const fields: ComposeFields & Pick<ComposeContent, "boundarySeed"> = {
  from: { name: "Shop", address: "shop@waxwing.test" },
  to: [{ address: "ann@example.test" }],
  subject: "Hello",
  messageId: "<1@waxwing.test>",
  date: new Date("2025-02-13T12:00:00Z"),
  boundarySeed: "seed",
};

const compose = (more: Partial<ComposeFields & ComposeContent>) => {
  const composed = composeMessage({ ...fields, ...more });
  const raw = Buffer.concat([Buffer.from(`${composed.header}\r\n`), composed.body]);
  return { composed, raw, parsed: parseMessage(raw) };
};

const pdf = {
  filename: "a.pdf",
  contentType: "application/pdf",
  disposition: "attachment",
  content: randomBytes(500),
} as const;
const logo = {
  contentType: "image/png",
  disposition: "inline",
  contentId: "logo",
  content: randomBytes(90),
} as const;

const structures: readonly (readonly [title: string, content: Partial<ComposeContent>, types: string])[] = [
  ["nothing", {}, "text/plain"],
  ["text", { text: "a" }, "text/plain"],
  ["html", { html: "<p>a" }, "text/html"],
  ["both", { text: "a", html: "b" }, "multipart/alternative text/plain text/html"],
  [
    "an invitation",
    { text: "a", html: "b", alternatives: [{ type: "text/calendar", value: "BEGIN:VCALENDAR" }] },
    "multipart/alternative text/plain text/html text/calendar",
  ],
  ["another form alone", { alternatives: [{ type: "text/x-amp-html", value: "c" }] }, "text/x-amp-html"],
  ["text and a file", { text: "a", attachments: [pdf] }, "multipart/mixed text/plain application/pdf"],
  ["html with a picture", { html: "a", attachments: [logo] }, "multipart/related text/html image/png"],
  ["a picture without html", { text: "a", attachments: [logo] }, "multipart/mixed text/plain image/png"],
  [
    "everything",
    { text: "a", html: "b", attachments: [logo, pdf] },
    "multipart/mixed multipart/alternative text/plain multipart/related text/html image/png application/pdf",
  ],
  ["only a file", { attachments: [pdf] }, "multipart/mixed text/plain application/pdf"],
];
for (const [title, content, types] of structures) {
  test(`${title} is composed as ${types}`, () => {
    const { parsed } = compose(content);
    assert.equal([...walkParts(parsed.root)].map((part) => `${part.type}/${part.subtype}`).join(" "), types);
  });
}

test("the header says what was asked, and never Bcc", () => {
  const { composed } = compose({
    text: "a",
    cc: [{ name: "Ünï", address: "c@example.test" }],
    replyTo: [{ address: "r@waxwing.test" }],
    headers: [
      ["X-Tag", "märz"],
      ["In-Reply-To", "<0@waxwing.test>"],
    ],
  });
  assert.equal(
    composed.header,
    [
      "From: Shop <shop@waxwing.test>",
      "To: ann@example.test",
      "Cc: =?utf-8?B?w5xuw68=?= <c@example.test>",
      "Reply-To: r@waxwing.test",
      "Subject: Hello",
      "Message-ID: <1@waxwing.test>",
      "Date: Thu, 13 Feb 2025 12:00:00 +0000",
      "X-Tag: =?utf-8?B?bcOkcno=?=",
      "In-Reply-To: <0@waxwing.test>",
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=utf-8",
      "",
    ].join("\r\n"),
  );
  assert.equal(composed.header, composed.headerFields.map((field) => field.line).join(""));
  assert.equal(composed.needsSmtpUtf8, false);
  assert.equal(compose({ to: [{ address: "jürgen@x.test" }] }).composed.needsSmtpUtf8, true);
});

test("the same seed gives the same bytes, another seed another boundary", () => {
  const content = { text: "a", html: "b", attachments: [pdf] };
  assert.deepEqual(compose(content).raw, compose(content).raw);
  assert.notDeepEqual(compose(content).raw, compose({ ...content, boundarySeed: "other" }).raw);
});

test("one body serves many headers", () => {
  const body = composeBody({ text: "a", html: "b", boundarySeed: "s" });
  const headers = ["ann", "bob"].map((who) =>
    composeHeader({ ...fields, to: [{ address: `${who}@x.test` }] }, body),
  );
  assert.notEqual(headers[0]?.header, headers[1]?.header);
  assert.deepEqual(headers[0]?.headerFields.slice(-2), headers[1]?.headerFields.slice(-2));
});

test("a boundary that stands in the text is not used", () => {
  const first = compose({ text: "a", html: "b" });
  const boundary = first.parsed.root.params.find(([name]) => name === "boundary")?.[1] ?? "";
  const second = compose({ text: `--${boundary}--`, html: "b" });
  assert.equal(second.parsed.root.parts.length, 2);
  assert.equal(second.parsed.textPreview, `--${boundary}--`);
});

test("every line end is CRLF and no line is over 998 octets", () => {
  const { raw } = compose({ text: `a\nb\rc\r\nd${"x".repeat(3_000)}`, html: "ü\n\n\n" });
  const text = raw.toString("latin1");
  assert.doesNotMatch(text, /[^\r]\n|\r[^\n]/);
  for (const line of text.split("\r\n")) assert.ok(line.length <= 998);
});

const refusals: readonly (readonly [
  title: string,
  more: Partial<ComposeFields & ComposeContent>,
  code: string,
])[] = [
  ["a subject with a line break", { subject: "a\r\nBcc: x@y.test" }, "header-value"],
  ["a header with a line break", { headers: [["X-A", "a\nb"]] }, "header-value"],
  ["a header name with a colon", { headers: [["X:A", "a"]] }, "header-name"],
  ["Bcc", { headers: [["BCC", "x@y.test"]] }, "reserved-header"],
  ["another From", { headers: [["From", "x@y.test"]] }, "reserved-header"],
  ["a List-Unsubscribe beyond ASCII", { headers: [["List-Unsubscribe", "<https://ü>"]] }, "header-value"],
  ["a Message-ID with a space", { messageId: "a b@c" }, "message-id"],
  ["a Message-ID with a line break", { messageId: "a\r\nX: y@c" }, "message-id"],
  ["a type that is none", { attachments: [{ ...pdf, contentType: "pdf" }] }, "content-type"],
  ["a type with a line break", { attachments: [{ ...pdf, contentType: "a/b\r\nX: y" }] }, "content-type"],
  ["a content id with a bracket", { attachments: [{ ...logo, contentId: "a>b" }] }, "header-value"],
  ["a content id with a line break", { attachments: [{ ...logo, contentId: "a\r\nX: y" }] }, "header-value"],
];
for (const [title, more, code] of refusals) {
  test(`${title} is refused`, () => assert.throws(() => compose(more), { name: "MessageError", code }));
}

test("a file name cannot bring in a header", () => {
  const { raw, parsed } = compose({ attachments: [{ ...pdf, filename: "a\r\nX-Evil: y\r\n\r\n.pdf" }] });
  assert.doesNotMatch(raw.toString("latin1"), /^X-Evil/m);
  assert.equal(parsed.root.parts.length, 2);
});

const inner = "Subject: inner\r\n\r\nhello\r\n";
const attached: readonly (readonly [
  title: string,
  contentType: string,
  content: string,
  type: string,
  encoding: string,
])[] = [
  ["an ASCII message", "message/rfc822", inner, "message/rfc822", "7bit"],
  ["a message with bare LFs", "message/rfc822", inner.replaceAll("\r", ""), "message/rfc822", "7bit"],
  ["an eight-bit message", "message/rfc822", `${inner}ü\r\n`, "message/rfc822", "8bit"],
  [
    "a message with a line too long",
    "message/rfc822",
    inner + "x".repeat(999),
    "application/octet-stream",
    "base64",
  ],
  ["a multipart", "multipart/mixed; boundary=x", "--x", "application/octet-stream", "base64"],
  [
    "a calendar",
    "text/calendar; method=REQUEST; name=evil.exe",
    "BEGIN:VCALENDAR",
    "text/calendar",
    "base64",
  ],
];
for (const [title, contentType, content, type, encoding] of attached) {
  test(`${title} is attached as ${type} in ${encoding}`, () => {
    const { parsed, composed, raw } = compose({
      attachments: [{ contentType, disposition: "attachment", filename: "f", content: Buffer.from(content) }],
    });
    const part = parsed.root.parts[1];
    assert.equal(`${part?.type}/${part?.subtype} ${part?.encoding}`, `${type} ${encoding}`);
    assert.equal(composed.is8bit, encoding === "8bit");
    assert.doesNotMatch(raw.toString(), /evil/);
    if (encoding === "base64" && part !== undefined) assert.equal(decodePart(raw, part).toString(), content);
  });
}

test("random texts and files come back as they went", () => {
  const alphabet = [
    "a",
    "b ",
    " ",
    "\n",
    "\r\n",
    "=",
    ".",
    "é",
    "日",
    "🦢",
    "\t",
    "--",
    "From ",
    "\n.\n",
    "\0",
    "x".repeat(300),
  ];
  const random = (): string =>
    Array.from({ length: randomInt(60) }, () => alphabet[randomInt(alphabet.length)]).join("");
  const normal = (text: string): string => {
    const lines = text.replace(/\r\n|\r|\n/g, "\r\n");
    return lines === "" || lines.endsWith("\r\n") ? lines : `${lines}\r\n`;
  };
  for (let round = 0; round < 150; round++) {
    const text = random();
    const html = random();
    const content = randomBytes(randomInt(300));
    const filename = random().slice(0, 40).replaceAll("\0", "").toWellFormed();
    const subject = random()
      .replace(/[\r\n\0]/g, "")
      .trim();
    const { parsed, raw } = compose({ subject, text, html, attachments: [{ ...pdf, content, filename }] });
    assert.equal(parsed.subject, subject);
    const leaves = [...walkParts(parsed.root)].filter((part) => part.parts.length === 0);
    const [plainPart, htmlPart, filePart] = leaves;
    assert.ok(plainPart && htmlPart && filePart && leaves.length === 3);
    assert.equal(decodePartText(raw, plainPart), normal(text));
    assert.equal(decodePartText(raw, htmlPart), normal(html));
    assert.deepEqual(decodePart(raw, filePart), content);
    assert.equal(partFilename(filePart) ?? "", filename);
  }
});
