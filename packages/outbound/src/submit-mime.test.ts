import assert from "node:assert/strict";
import { test } from "node:test";
import { type MimeInput, readMimeRecipient, readMimeSubmission } from "./submit-mime.ts";

const input = (
  message: string | Buffer,
  recipients: readonly string[] = ["bob@example.test"],
): MimeInput => ({
  raw: typeof message === "string" ? Buffer.from(message.replace(/\r?\n/g, "\r\n")) : message,
  envelope: { recipients: recipients.map((address) => ({ address })) },
  submitter: { projectId: "p1", keyId: "k1" },
  nowMs: Date.UTC(2026, 0, 2, 3, 4, 5),
  hostname: "mail.waxwing.test",
  remote: { sessionId: "s1", protocol: "ESMTPSA" },
});

const received =
  "Received: from authenticated-client by mail.waxwing.test\r\n with ESMTPSA id s1;\r\n Fri, 02 Jan 2026 03:04:05 +0000\r\n";

const submit = (message: string | Buffer, recipients?: readonly string[]) => {
  const read = readMimeSubmission(input(message, recipients));
  assert.equal(read.kind, "submission", read.kind === "refused" ? read.text : "");
  return read.submission;
};

test("a complete message gets a Received field and nothing else", () => {
  const message =
    "From: Shop <shop@Waxwing.test>\r\nDATE: x\r\nmessage-id : <1@a.test>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nHi\r\n";
  const submission = submit(message, ["bob@EXAMPLE.test", "ann@example.test"]);
  assert.equal(submission.mime.toString(), received + message);
  assert.deepEqual(submission.from, { name: "Shop", address: "shop@waxwing.test" });
  assert.deepEqual(submission.recipients, ["bob@example.test", "ann@example.test"]);
  assert.equal(submission.subject, "Grüße");
});

test("Date and Message-ID are added where there are none", () => {
  const text = submit("From: shop@waxwing.test\n\nHi\n").mime.toString();
  const added = text.slice(received.length);
  assert.match(
    added,
    /^Date: Fri, 02 Jan 2026 03:04:05 \+0000\r\nMessage-ID: <[0-9a-f-]{36}@waxwing\.test>\r\nFrom:/,
  );
});

test("Bcc fields are removed, folded and spelt as they may be; bytes that are no text stay", () => {
  const message = Buffer.concat([
    Buffer.from("From: a@b.test\r\nBCC: x@b.test,\r\n y@b.test\r\nTo: c@b.test\r\nBcc : z@b.test\r\n"),
    Buffer.from("Date: x\r\nMessage-ID: <1@a>\r\nX-Bcc: kept\r\n\r\nBcc: kept\r\n\xff\r\n", "latin1"),
  ]);
  const { mime } = submit(message);
  const expected =
    "From: a@b.test\r\nTo: c@b.test\r\nDate: x\r\nMessage-ID: <1@a>\r\nX-Bcc: kept\r\n\r\nBcc: kept\r\n\xff\r\n";
  assert.equal(mime.toString("latin1"), received + expected);
});

test("an Idempotency-Key is taken and not passed on; one that is none, or two, are refused", () => {
  const message = "From: a@b.test\r\nIdempotency-Key: order-42\r\nDate: x\r\nMessage-ID: <1@a>\r\n\r\nHi\r\n";
  const submission = submit(message);
  assert.equal(submission.idempotency?.key, "order-42");
  assert.doesNotMatch(submission.mime.toString(), /order-42/);
  assert.equal(submit("From: a@b.test\n\nHi\n").idempotency, undefined);
  for (const field of ["", "a b", "ä", "x".repeat(256), "a\nIdempotency-Key: b"]) {
    const read = readMimeSubmission(input(`From: a@b.test\nIdempotency-Key: ${field}\n\nHi\n`));
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
  test(`From is ${title}`, () => {
    assert.equal(submit(`From: ${from}\n\nHi\n`).from.address, address);
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
  test(`refused: ${title}`, () => {
    const read = readMimeSubmission(input(message));
    assert.equal(read.kind, "refused");
    assert.equal(read.enhanced, "5.6.0");
    assert.match(read.text, text);
    assert.doesNotMatch(read.text, /\p{Cc}/u);
  });
}

test("a message in a loop is refused", () => {
  const read = readMimeSubmission(input(`${"Received: x\n".repeat(51)}From: a@b.test\n\nx\n`));
  assert.equal(read.kind === "refused" && read.enhanced, "5.4.6");
});

test("recipients are addresses that mail can be sent to", () => {
  assert.deepEqual(readMimeRecipient("Bob@EXAMPLE.test"), { kind: "recipient", address: "Bob@example.test" });
  for (const address of ["postmaster", "bob@[192.0.2.1]", "bob@localhost", "a..b@example.test"]) {
    const read = readMimeRecipient(address);
    assert.equal(read.kind === "refused" && read.enhanced, "5.1.3", address);
  }
});
