import assert from "node:assert/strict";
import { test } from "node:test";
import { detectAutoReply } from "./auto-reply.ts";
import { composeReport, type ReportInput } from "./compose-report.ts";
import { parseDeliveryReport } from "./dsn.ts";
import { parseMimeParts } from "./mime-part.ts";
import { readHeader } from "./split-header.ts";

const original = Buffer.from("From: shop@waxwing.test\r\nSubject: Order 42\r\n\r\nHello\r\n.\r\n");
const report: ReportInput = {
  from: { name: "Mail Delivery System", address: "mailer-daemon@waxwing.test" },
  to: "shop@waxwing.test",
  messageId: "r1@waxwing.test",
  date: new Date(Date.UTC(2026, 0, 2, 3, 4, 5)),
  reportingMta: "mail.waxwing.test",
  envelopeId: "order 42",
  arrivalDate: new Date(Date.UTC(2026, 0, 2)),
  recipients: [
    {
      finalRecipient: "bob@example.test",
      originalRecipient: "rfc822;robert@example.test",
      action: "failed",
      status: "5.1.1",
      diagnostic: "550 5.1.1 no such user",
      isReply: true,
      remoteMta: "mx.example.test",
    },
  ],
  original,
  returned: "headers",
};

test("a report reads back as what was written", () => {
  const raw = composeReport(report);
  const parsed = parseDeliveryReport(raw);
  assert.equal(parsed?.reportingMta, "mail.waxwing.test");
  assert.equal(parsed?.originalEnvelopeId, "order 42");
  assert.deepEqual(parsed?.recipients, [
    {
      finalRecipient: "bob@example.test",
      originalRecipient: "robert@example.test",
      action: "failed",
      status: "5.1.1",
      diagnosticCode: "550 5.1.1 no such user",
      remoteMta: "mx.example.test",
    },
  ]);
  assert.deepEqual(
    parsed?.returnedHeaders?.map(({ name, value }) => [name, value]),
    [
      ["From", "shop@waxwing.test"],
      ["Subject", "Order 42"],
    ],
  );
  assert.doesNotMatch(raw.toString(), /Hello/);
  assert.equal(detectAutoReply(readHeader(raw).fields).kind, "auto-replied");
  assert.ok(
    raw
      .toString()
      .split("\r\n")
      .every((line) => line.length <= 998),
  );
});

test("the whole message is attached when it is asked for", () => {
  const raw = composeReport({ ...report, returned: "full" });
  const root = parseMimeParts(raw);
  const [text, status, attached] = root.parts;
  assert.deepEqual(
    [text, status, attached].map((part) => `${part?.type}/${part?.subtype}`),
    ["text/plain", "message/delivery-status", "message/rfc822"],
  );
  assert.equal(raw.subarray(attached?.bodyStart, attached?.bodyEnd).toString(), original.toString());
});

test("addresses in UTF-8 make it the international form", () => {
  const recipients = report.recipients.map((recipient) => ({
    ...recipient,
    finalRecipient: "jörg@käse.test",
    originalRecipient: undefined,
  }));
  const raw = composeReport({ ...report, recipients });
  assert.match(raw.toString(), /message\/global-delivery-status/);
  assert.match(raw.toString(), /^Final-Recipient: utf-8; jörg@käse\.test\r$/m);
  assert.equal(parseDeliveryReport(raw)?.recipients[0]?.finalRecipient, "jörg@käse.test");
});

test("several recipients, a delay, and a reply that is an attack", () => {
  const [failed] = report.recipients;
  assert.ok(failed !== undefined);
  const raw = composeReport({
    ...report,
    recipients: [
      failed,
      {
        ...failed,
        finalRecipient: "ann@example.test",
        action: "delayed",
        status: "4.4.1",
        diagnostic: `451 x\r\n\r\nFinal-Recipient: rfc822; victim@example.test\r\n${"y".repeat(5_000)}`,
        willRetryUntil: new Date(Date.UTC(2026, 0, 5)),
      },
    ],
  });
  const parsed = parseDeliveryReport(raw);
  assert.deepEqual(
    parsed?.recipients.map(({ finalRecipient, action }) => [finalRecipient, action]),
    [
      ["bob@example.test", "failed"],
      ["ann@example.test", "delayed"],
    ],
  );
  assert.match(raw.toString(), /^Will-Retry-Until: Mon, 05 Jan 2026 00:00:00 \+0000\r$/m);
});
