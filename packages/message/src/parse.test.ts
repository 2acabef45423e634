import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddressList } from "./address-list.ts";
import type { BodyStructure } from "./body-structure.ts";
import { parseDate, parseMessage, parseMessageIds } from "./parse.ts";
import { headerFieldRanges, splitHeader } from "./split-header.ts";

const message = (...lines: string[]): Buffer => Buffer.from(lines.join("\r\n"));

/** BODYSTRUCTURE in one line: what a reader of an IMAP trace would compare. */
const outline = (body: BodyStructure): string => {
  if (body.kind === "multipart") return `${body.subtype}(${body.parts.map(outline).join(" ")})`;
  const inside = body.body === undefined ? "" : `{${outline(body.body)}}`;
  return `${body.type}/${body.subtype}:${body.sizeBytes}${body.lines === undefined ? "" : `:${body.lines}`}${inside}`;
};

const person = (name: string | null, mailbox: string, host: string) => ({ name, adl: null, mailbox, host });
const lists: readonly (readonly [value: string, addresses: unknown[]])[] = [
  ["a@b.test", [person(null, "a", "b.test")]],
  ["Ann <a@b.test>, Bob <c@d.test>", [person("Ann", "a", "b.test"), person("Bob", "c", "d.test")]],
  ['"Q, X" <q@x.test>', [person("Q, X", "q", "x.test")]],
  ['"a \\"b\\"" <q@x.test>', [person('a "b"', "q", "x.test")]],
  ["=?utf-8?Q?J=C3=BC?= X <j@x.test>", [person("=?utf-8?Q?J=C3=BC?= X", "j", "x.test")]],
  ["a@b.test (Ann (the first))", [person("Ann (the first)", "a", "b.test")]],
  ["<@r1.test,@r2.test:a@b.test>", [person(null, "a", "b.test")]],
  ['"a b"@x.test', [person(null, "a b", "x.test")]],
  ["a@[127.0.0.1]", [person(null, "a", "[127.0.0.1]")]],
  ["nobody", [person(null, "nobody", "")]],
  ["Cron Daemon", [person("Cron Daemon", "", "")]],
  ["<>", []],
  [",,;", []],
  ["", []],
  ["a . b @ c . test", [person(null, "a.b", "c.test")]],
  [
    "Friends: a@b.test, Bob <c@d.test>; e@f.test",
    [
      { name: null, adl: null, mailbox: "Friends", host: null },
      person(null, "a", "b.test"),
      person("Bob", "c", "d.test"),
      { name: null, adl: null, mailbox: null, host: null },
      person(null, "e", "f.test"),
    ],
  ],
  [
    "undisclosed-recipients:;",
    [
      { name: null, adl: null, mailbox: "undisclosed-recipients", host: null },
      { name: null, adl: null, mailbox: null, host: null },
    ],
  ],
];
for (const [value, addresses] of lists) {
  test(`the address list ${JSON.stringify(value)}`, () =>
    assert.deepEqual(parseAddressList(value), addresses));
}

test("an envelope has its defaults, its nulls and its raw strings", () => {
  const { envelope, subject, from, references, messageId, inReplyTo, date } = parseMessage(
    message(
      "From: =?utf-8?Q?J=C3=BC?= <j@x.test>",
      "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=",
      "\t folded",
      "Date: Thu, 13 Feb 2025 12:00:00 +0100 (CET)",
      "Message-ID: <1@x.test>",
      "In-Reply-To: your mail <0@x.test> of today",
      "References: <a@x.test>",
      " <b@x.test>",
      "Reply-To:",
      "",
      "body",
    ),
  );
  const sender = [person("=?utf-8?Q?J=C3=BC?=", "j", "x.test")];
  assert.deepEqual(envelope, {
    date: "Thu, 13 Feb 2025 12:00:00 +0100 (CET)",
    subject: "=?utf-8?Q?Gr=C3=BC=C3=9Fe?=\t folded",
    from: sender,
    sender,
    replyTo: sender,
    to: null,
    cc: null,
    bcc: null,
    inReplyTo: "your mail <0@x.test> of today",
    messageId: "<1@x.test>",
  });
  assert.equal(subject, "Grüße\t folded");
  assert.deepEqual(from, [{ name: "Jü", address: "j@x.test" }]);
  assert.deepEqual(references, ["<a@x.test>", "<b@x.test>"]);
  assert.equal(messageId, "<1@x.test>");
  assert.equal(inReplyTo, "<0@x.test>");
  assert.equal(date?.toISOString(), "2025-02-13T11:00:00.000Z");
});

const nested = message(
  'Content-Type: multipart/mixed; boundary="out"',
  "",
  "preamble",
  "--out",
  'Content-Type: multipart/alternative; boundary="in"',
  "",
  "--in",
  "",
  "plain",
  "--in",
  "Content-Type: text/html",
  "",
  "<p>html",
  "--in--",
  "epilogue of in",
  "--out",
  "Content-Type: message/rfc822",
  "",
  "Subject: inner",
  "Content-Type: multipart/mixed; boundary=deep",
  "",
  "--deep",
  "",
  "deep text",
  "--deep--",
  "--out",
  'Content-Type: application/pdf; name="a.pdf"',
  "Content-Transfer-Encoding: BASE64",
  "Content-ID: <x@y>",
  "Content-Description: a file",
  "Content-Disposition: Attachment; filename=a.pdf",
  "Content-Language: de, en",
  "Content-Location: http://x.test/",
  "Content-MD5: abc",
  "",
  "AAAA",
  "--out--",
  "",
);

test("the structure of nested parts has its sizes and lines", () => {
  const { bodyStructure } = parseMessage(nested);
  const inner =
    "Subject: inner\r\nContent-Type: multipart/mixed; boundary=deep\r\n\r\n--deep\r\n\r\ndeep text\r\n--deep--";
  assert.equal(
    outline(bodyStructure),
    `mixed(alternative(text/plain:5:0 text/html:7:0) message/rfc822:${inner.length}:6{mixed(text/plain:9:0)} application/pdf:4)`,
  );
  assert.ok(bodyStructure.kind === "multipart");
  const [, attached, file] = bodyStructure.parts;
  assert.ok(attached?.kind === "part" && file?.kind === "part");
  assert.equal(attached.envelope?.subject, "inner");
  assert.deepEqual(file, {
    kind: "part",
    type: "application",
    subtype: "pdf",
    params: [["name", "a.pdf"]],
    id: "<x@y>",
    description: "a file",
    encoding: "base64",
    sizeBytes: 4,
    md5: "abc",
    disposition: { value: "attachment", params: [["filename", "a.pdf"]] },
    language: ["de", "en"],
    location: "http://x.test/",
  });
});

test("bare LFs make the same parts as CRLFs", () => {
  const lf = parseMessage(Buffer.from(nested.toString().replaceAll("\r\n", "\n")));
  assert.equal(
    outline(lf.bodyStructure).replace(/:\d+/g, ""),
    outline(parseMessage(nested).bodyStructure).replace(/:\d+/g, ""),
  );
});

const mixed = "Content-Type: multipart/mixed; boundary=b";
const shapes: readonly (readonly [title: string, raw: Buffer, outline: string])[] = [
  ["nothing at all", Buffer.alloc(0), "text/plain:0:0"],
  ["only a line end", message("", ""), "text/plain:0:0"],
  ["only a header", message("Subject: a"), "text/plain:0:0"],
  ["only a body", message("", "hello", "there", ""), "text/plain:14:2"],
  ["a type that is none", message("Content-Type: text", "", "x"), "text/plain:1:0"],
  [
    "a multipart without a boundary",
    message("Content-Type: multipart/mixed", "", "x"),
    "mixed(text/plain:0:0)",
  ],
  ["a multipart whose boundary never comes", message(mixed, "", "x"), "mixed(text/plain:0:0)"],
  ["a multipart that never ends", message(mixed, "", "--b", "", "x", "y"), "mixed(text/plain:4:1)"],
  ["a part without a body", message(mixed, "", "--b", "--b--"), "mixed(text/plain:0:0)"],
  [
    "a part whose header runs into the boundary",
    message(mixed, "", "--b", "Content-Type: text/html", "--b--"),
    "mixed(text/html:0:0)",
  ],
  [
    "spaces after the boundary",
    message(mixed, "", "--b \t", "", "x", "--b-- ", "--b", "", "y"),
    "mixed(text/plain:1:0)",
  ],
  [
    "a longer line that starts like the boundary",
    message(mixed, "", "--b", "", "--bb", "--b--"),
    "mixed(text/plain:4:0)",
  ],
  [
    "an outer boundary that ends an inner part",
    message(
      mixed,
      "",
      "--b",
      "Content-Type: multipart/x; boundary=c",
      "",
      "--c",
      "",
      "x",
      "--b",
      "",
      "y",
      "--b--",
    ),
    "mixed(x(text/plain:1:0) text/plain:1:0)",
  ],
  [
    "an inner boundary that is the outer one",
    message(mixed, "", "--b", mixed, "", "--b", "", "x", "--b--", "--b--"),
    "mixed(mixed(text/plain:1:0))",
  ],
  [
    "a digest",
    message("Content-Type: multipart/digest; boundary=b", "", "--b", "", "Subject: a", "", "x", "--b--"),
    "digest(message/rfc822:15:2{text/plain:1:0})",
  ],
  [
    "an encoded attached message",
    message("Content-Type: message/rfc822", "Content-Transfer-Encoding: base64", "", "AAAA"),
    "application/octet-stream:4",
  ],
];
for (const [title, raw, expected] of shapes) {
  test(`the structure of ${title}`, () => assert.equal(outline(parseMessage(raw).bodyStructure), expected));
}

test("a header keeps the exact bytes of each field, and folds, junk and obsolete space are understood", () => {
  const raw = Buffer.from(
    "From : a@b.test\r\njunk line\r\n continued junk\r\nX-A:\r\n\tb\r\n  c\nX-\xe4: no\nX-L: \xe4\n\nbody",
    "latin1",
  );
  const { fields, header, body } = splitHeader(raw);
  assert.deepEqual(
    fields.map((field) => [field.name, field.value, field.line.toString("latin1")]),
    [
      ["From", "a@b.test", "From : a@b.test\r\n"],
      ["X-A", "b  c", "X-A:\r\n\tb\r\n  c\n"],
      ["X-L", "ä", "X-L: \xe4\n"],
    ],
  );
  assert.equal(body.toString(), "body");
  assert.equal(Buffer.concat([header, Buffer.from("\n"), body]).compare(raw), 0);
  assert.equal([...headerFieldRanges(raw)].length, 3);
});

const previews: readonly (readonly [title: string, lines: string[], preview: string])[] = [
  ["white space", ["", "  hello \t there", "", "friend"], "hello there friend"],
  [
    "quoted-printable",
    [
      "Content-Type: text/plain; charset=iso-8859-1",
      "Content-Transfer-Encoding: quoted-printable",
      "",
      "Gr=FC=",
      "=DFe",
    ],
    "Grüße",
  ],
  [
    "html",
    [
      "Content-Type: text/html; charset=utf-8",
      "",
      "<style>p{}</style><p>Gr&uuml;n &amp; blau &#8364; <b>x</b><script>1<2</script>",
    ],
    "Gr n & blau € x",
  ],
  ["html that never closes", ["Content-Type: text/html", "", "a<b"], "a"],
  ["nothing", ["Content-Type: image/png", "", "x"], ""],
  ["NUL", ["", "a\0b"], "a b"],
];
for (const [title, lines, preview] of previews) {
  test(`the preview of ${title}`, () => assert.equal(parseMessage(message(...lines)).textPreview, preview));
}

test("a preview is cut between characters", () => {
  const { textPreview } = parseMessage(
    message("Content-Type: text/plain; charset=utf-8", "", `${"x".repeat(199)}${"🦢".repeat(9_000)}`),
  );
  assert.ok(textPreview.isWellFormed());
  assert.ok(textPreview.length <= 200);
  assert.doesNotMatch(textPreview, /\ufffd/);
});

test("dates and ids that are none are null or missing", () => {
  for (const value of ["", "yesterday", "x".repeat(300), "1 Jan 99999 00:00:00 +0000"])
    assert.equal(parseDate(value), null);
  assert.equal(parseDate("13 Feb 2025 12:00 EST")?.toISOString(), "2025-02-13T17:00:00.000Z");
  assert.deepEqual(parseMessageIds("<a b> <c@d> e <<f>"), ["<c@d>", "<f>"]);
  assert.equal(parseMessageIds("<a@b>".repeat(5_000)).length, 100);
});
