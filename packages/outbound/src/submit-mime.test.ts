import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import { encodeWords } from "@waxwing/message";
import { type MimeInput, type MimeLookups, readMimeRecipient, readMimeSubmission } from "./submit-mime.ts";

const input = (
  message: string | Buffer,
  recipients: readonly string[] = ["bob@example.test"],
): MimeInput => ({
  raw: typeof message === "string" ? Buffer.from(message.replace(/\r?\n/g, "\r\n")) : message,
  envelope: {
    sender: { address: "", ret: null, envid: null, requireTls: false },
    recipients: recipients.map((address) => ({ address, notify: [], orcpt: null })),
  },
  submitter: { projectId: "p1", keyId: "k1" },
  nowMs: Date.UTC(2026, 0, 2, 3, 4, 5),
  hostname: "mail.waxwing.test",
  remote: { sessionId: "s1", protocol: "ESMTPSA" },
});

const received =
  "Received: from authenticated-client by mail.waxwing.test\r\n with ESMTPSA id s1;\r\n Fri, 02 Jan 2026 03:04:05 +0000\r\n";

const lookups: MimeLookups = {
  openTemplate: async () => ({ kind: "unknown" }),
  hasGroup: async (_projectId, group) => group === 7,
  hasBatch: async (_projectId, batch) => batch === "b1",
  ownsDomain: async (_projectId, domain) => domain === "waxwing.test",
};
const readMime = (mime: MimeInput) => readMimeSubmission(mime, lookups);

const submitAll = async (message: string | Buffer, recipients?: readonly string[]) => {
  const read = await readMime(input(message, recipients));
  assert.equal(read.kind, "submissions", read.kind === "refused" ? read.text : "");
  return read.submissions;
};
const submit = async (message: string | Buffer, recipients?: readonly string[]) => {
  const [submission, ...others] = await submitAll(message, recipients);
  assert.equal(others.length, 0);
  return submission ?? assert.fail("no submission");
};

test("a complete message gets a Received field and nothing else", async () => {
  const message =
    "From: Shop <shop@Waxwing.test>\r\nDATE: x\r\nmessage-id : <1@a.test>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nHi\r\n";
  const submission = await submit(message, ["bob@EXAMPLE.test", "ann@example.test"]);
  assert.equal(submission.mime.toString(), received + message);
  assert.deepEqual(submission.from, { name: "Shop", address: "shop@waxwing.test" });
  assert.deepEqual(submission.recipients, ["bob@example.test", "ann@example.test"]);
  assert.equal(submission.subject, "Grüße");
});

test("Date and Message-ID are added where there are none", async () => {
  const text = (await submit("From: shop@waxwing.test\n\nHi\n")).mime.toString();
  const added = text.slice(received.length);
  assert.match(
    added,
    /^Date: Fri, 02 Jan 2026 03:04:05 \+0000\r\nMessage-ID: <[0-9a-f-]{36}@waxwing\.test>\r\nFrom:/,
  );
});

test("Bcc fields are removed, folded and spelt as they may be; bytes that are no text stay", async () => {
  const message = Buffer.concat([
    Buffer.from("From: a@b.test\r\nBCC: x@b.test,\r\n y@b.test\r\nTo: c@b.test\r\nBcc : z@b.test\r\n"),
    Buffer.from("Date: x\r\nMessage-ID: <1@a>\r\nX-Bcc: kept\r\n\r\nBcc: kept\r\n\xff\r\n", "latin1"),
  ]);
  const { mime } = await submit(message);
  const expected =
    "From: a@b.test\r\nTo: c@b.test\r\nDate: x\r\nMessage-ID: <1@a>\r\nX-Bcc: kept\r\n\r\nBcc: kept\r\n\xff\r\n";
  assert.equal(mime.toString("latin1"), received + expected);
});

test("an Idempotency-Key is taken and not passed on; one that is none, or two, are refused", async () => {
  const message = "From: a@b.test\r\nIdempotency-Key: order-42\r\nDate: x\r\nMessage-ID: <1@a>\r\n\r\nHi\r\n";
  const submission = await submit(message);
  assert.equal(submission.idempotency?.key, "order-42");
  assert.doesNotMatch(submission.mime.toString(), /order-42/);
  assert.equal((await submit("From: a@b.test\n\nHi\n")).idempotency, undefined);
  for (const field of ["", "a b", "ä", "x".repeat(256), "a\nIdempotency-Key: b"]) {
    const read = await readMime(input(`From: a@b.test\nIdempotency-Key: ${field}\n\nHi\n`));
    assert.equal(read.kind, "refused", field);
  }
});

const senders: readonly (readonly [title: string, from: string, address: string])[] = [
  ["a bare address", "shop@waxwing.test", "shop@waxwing.test"],
  ["a name with a comma in quotes", '"Shop, The" <shop@waxwing.test>', "shop@waxwing.test"],
  ["a folded name", "Shop\n of things <shop@waxwing.test>", "shop@waxwing.test"],
  ["the name as a comment", "root@waxwing.test (Cron Daemon)", "root@waxwing.test"],
  ["a name in UTF-8", "Käse <shop@waxwing.test>", "shop@waxwing.test"],
  ["a domain in UTF-8", "shop@käse.test", "shop@xn--kse-qla.test"],
];
for (const [title, from, address] of senders) {
  test(`From is ${title}`, async () => {
    assert.equal((await submit(`From: ${from}\n\nHi\n`)).from.address, address);
  });
}

const refusals: readonly (readonly [title: string, message: string, text: RegExp])[] = [
  ["no header", "hello\n", /not a field: "hello"/],
  ["nothing", "", /no From/],
  ["no From", "Subject: x\n\nFrom: a@b.test\n", /no From/],
  ["two From fields", "From: a@b.test\nFrom : c@d.test\n\nx\n", /more than one From/],
  ["two senders", "From: a@b.test, c@d.test\n\nx\n", /names 2 senders/],
  ["a group", "From: us: a@b.test;\n\nx\n", /must name one sender/],
  ["an empty From", "From:\n\nx\n", /is empty/],
  ["a control character", "From: a@b.test\u0007\n\nx\n", /control character/],
  ["an address in the name", "From: a@b.test <c@d.test> <e@f.test>\n\nx\n", /must name one sender/],
  ["a line that is no field", "Subject: x\nnot a field\nFrom: a@b.test\n\nx\n", /not a field: "not a field"/],
  ["a folded first line", " x\nFrom: a@b.test\n\nx\n", /not a field/],
  ["a last line that is no field", "From: a@b.test\nnot a field", /not a field/],
];
for (const [title, message, text] of refusals) {
  test(`refused: ${title}`, async () => {
    const read = await readMime(input(message));
    assert.equal(read.kind, "refused");
    assert.equal(read.enhanced, "5.6.0");
    assert.match(read.text, text);
    assert.doesNotMatch(read.text, /\p{Cc}/u);
  });
}

test("a message in a loop is refused", async () => {
  const read = await readMime(input(`${"Received: x\n".repeat(51)}From: a@b.test\n\nx\n`));
  assert.equal(read.kind === "refused" && read.enhanced, "5.4.6");
});

test("recipients are addresses that mail can be sent to", () => {
  assert.deepEqual(readMimeRecipient("Bob@EXAMPLE.test"), { kind: "recipient", address: "Bob@example.test" });
  for (const address of ["postmaster", "bob@[192.0.2.1]", "bob@localhost", "a..b@example.test"]) {
    const read = readMimeRecipient(address);
    assert.equal(read.kind === "refused" && read.enhanced, "5.1.3", address);
  }
});

test("what the header asks for is taken out of it", async () => {
  const control = [
    "X-Waxwing-Tags: welcome, shop",
    'X-Waxwing-Metadata: {"order":"42",\n "n":1}',
    "X-Waxwing-Send-At: 2026-01-03T00:00:00Z",
    "X-Waxwing-TTL: 3600",
    "X-Waxwing-Priority: Urgent",
    "X-Waxwing-Track: opens, clicks=all, replies",
    "X-Waxwing-Unsubscribe: 7",
    "X-Waxwing-Batch: b1",
    "X-Waxwing-Pool: warm",
    "X-Waxwing-Require-TLS: yes",
  ].join("\n");
  const mail = "From: shop@waxwing.test\nDate: x\nMessage-ID: <1@a>\nSubject: Hi\n\nHi\n";
  const submission = await submit(`${control}\n${mail}`);
  assert.equal(submission.mime.toString(), received + mail.replace(/\n/g, "\r\n"));
  const { tags, metadata, sendAtMs, ttlMs, priority, batchId, options } = submission;
  assert.equal(submission.messageId, "<1@a>");
  assert.deepEqual(
    { tags, metadata, sendAtMs, ttlMs, priority, batchId, options },
    {
      tags: ["welcome", "shop"],
      metadata: { order: "42", n: "1" },
      sendAtMs: Date.UTC(2026, 0, 3),
      ttlMs: 3_600_000,
      priority: "urgent",
      batchId: "b1",
      options: {
        track: { opens: true, clicks: "all", replies: true },
        unsubscribe: { group: 7 },
        pool: "warm",
        requireTls: true,
      },
    },
  );
});

test("TLS-Required: No is a wish, and goes out with the message", async () => {
  const asking = async (fields: string) => {
    const { options, mime } = await submit(`${fields}From: shop@waxwing.test\n\nHi\n`);
    assert.ok(mime.includes(fields.trim().split("\n")[0] ?? ""));
    return options.tlsOptional === true;
  };
  assert.equal(await asking("TLS-Required: No\n"), true);
  assert.equal(await asking("tls-required:\n no \n"), true);
  assert.equal(await asking("TLS-Required: Yes\n"), false);
  assert.equal(await asking("TLS-Required: No\nTLS-Required: No\n"), false);
  assert.equal(await asking(""), false);
});

test("everything wrong with what the header asks for is named in one line", async () => {
  const wrong = [
    "X-Waxwing-Priority: soon",
    "X-Waxwing-TTL: 0",
    "X-Waxwing-Metadata: [1]",
    "X-Waxwing-Colour: red",
    "X-Waxwing-Variables: {}",
    'X-SMTPAPI: {"send_at": "noon", "filters": {"x": {}}, "unknown": 1}',
  ].join("\n");
  const read = await readMime(input(`${wrong}\nFrom: a@b.test\n\nHi\n`));
  assert.equal(read.kind, "refused");
  for (const field of [
    "Priority",
    "TTL",
    "Metadata",
    "Colour",
    "Variables",
    "send_at",
    "filters.x",
    "unknown",
  ])
    assert.ok(read.text.includes(field), `${field}: ${read.text}`);
  assert.ok(read.text.length <= 490);
});

const smtpApi = (document: object, message = "Hello -name-, -where-\n") =>
  `X-SMTPAPI: ${JSON.stringify(document)}\nFrom: shop@waxwing.test\nSubject: To -name-\n\n${message}`;

test("X-SMTPAPI makes a message for each of its recipients, from one content", async () => {
  const submissions = await submitAll(
    smtpApi({
      to: ["Ann <ann@example.test>", "bob@example.test"],
      sub: { "-name-": ["Ann", "Bob"], "-where-": ["-here-", "there"] },
      section: { "-here-": "at -name-'s" },
      category: ["a"],
      unique_args: { order: 1 },
      send_each_at: [0, Date.UTC(2026, 0, 3) / 1000],
      asm_group_id: 7,
      filters: {
        clicktrack: { settings: { enable: 1 } },
        opentrack: { settings: { enable: "1", replace: "%pixel%" } },
        bypass_bounce_management: { settings: { enable: 1 } },
        footer: { settings: { enable: 1, "text/plain": "Bye -name-" } },
        bcc: { settings: { enable: 1, email: "copy@example.test" } },
        dkim: { settings: { enable: 0 } },
      },
    }),
    ["somebody@example.test"],
  );
  assert.deepEqual(
    submissions.map(({ recipients, subject, sendAtMs, to }) => ({ recipients, subject, sendAtMs, to })),
    [
      {
        recipients: ["ann@example.test", "copy@example.test"],
        subject: "To Ann",
        sendAtMs: null,
        to: [{ name: "Ann", address: "ann@example.test" }],
      },
      {
        recipients: ["bob@example.test", "copy@example.test"],
        subject: "To Bob",
        sendAtMs: Date.UTC(2026, 0, 3),
        to: [{ address: "bob@example.test" }],
      },
    ],
  );
  const [ann, bob] = submissions;
  assert.equal(ann?.mime, bob?.mime);
  assert.equal(ann?.requestId, bob?.requestId);
  assert.match(ann?.mime.toString() ?? "", /-where-\r\n\r\nBye -name-/);
  assert.deepEqual(ann?.options, {
    track: { clicks: "html", opens: true, pixelTag: "%pixel%" },
    unsubscribe: { group: 7 },
    bypass: ["bounced"],
    substitutions: { "-here-": "at Ann's", "-name-": "Ann", "-where-": "at Ann's" },
  });
});

test("without to, X-SMTPAPI goes by the envelope", async () => {
  const [whole] = await submitAll(smtpApi({ category: "a" }), ["a@example.test", "b@example.test"]);
  assert.deepEqual(whole?.recipients, ["a@example.test", "b@example.test"]);
  const each = await submitAll(smtpApi({ sub: { "-name-": ["A", "B"] } }), [
    "a@example.test",
    "b@example.test",
  ]);
  assert.deepEqual(
    each.map(({ recipients, subject, to }) => [recipients, subject, to]),
    [
      [["a@example.test"], "To A", []],
      [["b@example.test"], "To B", []],
    ],
  );
});

test("an X-SMTPAPI of a thousand recipients may come in encoded-words", async () => {
  const names = Array.from({ length: 1_000 }, (_, index) => `Käthe Müller-Lüdenscheidt ${index}`);
  const document = JSON.stringify({
    to: names.map((_, index) => `k${index}@example.test`),
    sub: { "-name-": names },
  });
  const field = encodeWords(document, 12).replaceAll(" ", "\r\n ");
  assert.ok(field.length > 65_536);
  const submissions = await submitAll(
    `X-SMTPAPI: ${field}\nFrom: shop@waxwing.test\nSubject: -name-\n\nHi\n`,
  );
  assert.equal(submissions.at(-1)?.subject, names.at(-1));
});

test("the first X-SMTPAPI counts, and none goes out", async () => {
  const second = `X-SMTPAPI: ${JSON.stringify({ category: "second" })}\n`;
  const message = smtpApi({ category: "first" }).replace("From:", `${second}From:`);
  const submission = await submit(message);
  assert.deepEqual(submission.tags, ["first"]);
  assert.doesNotMatch(submission.mime.toString(), /smtpapi/i);
});

const wrongApis: readonly (readonly [title: string, document: string, text: RegExp])[] = [
  ["no JSON", "{to: x}", /^X-SMTPAPI is not JSON/],
  ["an array", "[]", /must be a JSON object/],
  ["an address that is none", '{"to":["ann@example.test","bob"]}', /X-SMTPAPI\.to\[1\] has no @/],
  ["too few values", '{"to":["a@b.test","c@d.test"],"sub":{"-n-":["x"]}}', /1 values of "-n-" for 2/],
  ["too few times", '{"to":["a@b.test","c@d.test"],"send_each_at":[1]}', /1 times for 2/],
  ["a time far ahead", '{"send_at":1900000000}', /72 hours/],
  ["an unknown group", '{"asm_group_id":8}', /group 8 is not there/],
  [
    "an unknown template",
    '{"filters":{"templates":{"settings":{"enable":1,"template_id":"x"}}}}',
    /no template/,
  ],
  ["what grows without bounds", `{"sub":{"e":["${"e".repeat(1_000)}"],"x":["y"]}}`, /more of this message/],
];
for (const [title, document, text] of wrongApis) {
  test(`X-SMTPAPI is refused: ${title}`, async () => {
    const body = title.startsWith("what grows") ? "e".repeat(200_000) : "Hi";
    const read = await readMime(input(`X-SMTPAPI: ${document}\nFrom: a@b.test\n\n${body}\n`));
    assert.equal(read.kind, "refused");
    assert.equal(read.enhanced, "5.6.0");
    assert.match(read.text, text);
  });
}

test("reports go to an envelope sender at a domain of the project, and to nobody else", async () => {
  const asking = (address: string): MimeInput => {
    const plain = input("From: shop@waxwing.test\n\nHi\n", ["a@example.test", "b@example.test"]);
    return {
      ...plain,
      envelope: {
        sender: { address, ret: "HDRS", envid: "x+2B1", requireTls: false },
        recipients: [
          { address: "a@example.test", notify: [], orcpt: null },
          { address: "b@example.test", notify: ["SUCCESS", "DELAY"], orcpt: "rfc822;c@example.test" },
        ],
      },
    };
  };
  const optionsFor = async (address: string) => {
    const read = await readMime(asking(address));
    return read.kind === "submissions" ? read.submissions[0]?.options : read.text;
  };
  assert.deepEqual(await optionsFor("bounces@waxwing.test"), {
    dsn: {
      returnTo: "bounces@waxwing.test",
      ret: "headers",
      envelopeId: "x+2B1",
      recipients: [{ ordinal: 1, notify: ["success", "delay"], orcpt: "rfc822;c@example.test" }],
    },
  });
  for (const address of ["", "victim@elsewhere.test", "not an address"]) {
    assert.deepEqual(await optionsFor(address), {});
  }
});

test("random headers are taken or refused, and what is taken can be stored", async () => {
  const values: readonly unknown[] = [
    null,
    0,
    -1,
    1e300,
    true,
    "",
    "\0",
    "\ud800",
    "a@b.test",
    "__proto__",
    [],
    {},
    ["a@b.test"],
    ["-t-", "\0"],
    { "-t-": ["x"] },
    { "\0": "x" },
    { __proto__: null, a: { b: [] } },
    { clicktrack: { settings: { enable: 1, enable_text: {} } }, bcc: { settings: { enable: 1 } } },
    { footer: { settings: { enable: 1, "text/plain": "\0" } }, constructor: {} },
  ];
  const members = ["to", "sub", "section", "category", "unique_args", "filters", "send_at", "send_each_at"];
  members.push("asm_group_id", "asm_groups_to_display", "asm", "ip_pool", "__proto__", "x");
  const names = ["Tags", "Metadata", "Send-At", "TTL", "Priority", "Track", "Unsubscribe", "Template"];
  names.push("Variables", "Batch", "Pool", "Require-TLS", "__proto__");
  const pick = <T>(list: readonly T[]): T => list[randomInt(list.length)] as T;
  let taken = 0;
  for (let round = 0; round < 3_000; round++) {
    const document = Object.fromEntries(
      Array.from({ length: randomInt(3) }, () => [pick(members), pick(values)]),
    );
    const fields = Array.from(
      { length: randomInt(3) },
      () =>
        `X-Waxwing-${pick(names)}: ${pick(["", "yes", "7", "b1", "{}", "a, b", "\u00e9", "x".repeat(300)])}\n`,
    );
    const text = `X-SMTPAPI: ${JSON.stringify(document)}\n${fields.join("")}From: a@b.test\n\n-t-\n`;
    const read = await readMime(input(text));
    if (read.kind === "refused") {
      assert.match(read.text, /^[\x20-\x7e]{1,490}$/);
      continue;
    }
    taken++;
    // PostgreSQL takes neither of these in text.
    for (const { mime: _mime, ...row } of read.submissions) {
      assert.doesNotMatch(JSON.stringify(row), /\\u0000|\\ud[89a-f]/);
    }
  }
  assert.ok(taken > 100, String(taken));
});
