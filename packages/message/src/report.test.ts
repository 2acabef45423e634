import assert from "node:assert/strict";
import { test } from "node:test";
import { parseComplaintReport } from "./arf.ts";
import { detectAutoReply } from "./auto-reply.ts";
import { parseDeliveryReport } from "./dsn.ts";
import { firstValue, splitHeader } from "./split-header.ts";

const message = (...lines: string[]): Buffer => Buffer.from(`${lines.join("\r\n")}\r\n`);

// RFC 3464 appendix E, "Multiple-Recipient DSN" shape with the returned message of "Simple DSN".
const dsn = message(
  "Date: Thu, 7 Jul 1994 17:16:05 -0400",
  "From: Mail Delivery Subsystem <MAILER-DAEMON@CS.UTK.EDU>",
  "To: <owner-info-mime@cs.utk.edu>",
  "MIME-Version: 1.0",
  "Content-Type: multipart/report; report-type=delivery-status;",
  '      boundary="RAA14128.773615765/CS.UTK.EDU"',
  "",
  "--RAA14128.773615765/CS.UTK.EDU",
  "",
  "The original message was received at Sat, 2 Jul 1994 17:10:28 -0400",
  "--RAA14128.773615765/CS.UTK.EDU",
  "content-type: message/delivery-status",
  "",
  "Reporting-MTA: dns; cs.utk.edu",
  "Original-Envelope-Id: QQ314159",
  "",
  "Original-Recipient: rfc822;louisl@larry.slip.umd.edu",
  "Final-Recipient: rfc822;louisl@larry.slip.umd.edu",
  "Action: failed",
  "Status: 4.0.0",
  "Diagnostic-Code: smtp; 426 connection timed out",
  "Last-Attempt-Date: Thu, 7 Jul 1994 17:15:49 -0400",
  "",
  "Final-Recipient: RFC822; <ann@example.test>",
  "Action: Delayed (will retry)",
  "Status: 5.1.1 (unknown)",
  "Remote-MTA: dns; mx.example.test",
  "",
  "--RAA14128.773615765/CS.UTK.EDU",
  "content-type: message/rfc822",
  "",
  "Message-ID: <1@waxwing.test>",
  "Subject: hello",
  "",
  "body",
  "--RAA14128.773615765/CS.UTK.EDU--",
);

test("the delivery report of RFC 3464 is read", () => {
  const report = parseDeliveryReport(dsn);
  assert.deepEqual(
    { ...report, returnedHeaders: undefined },
    {
      reportingMta: "cs.utk.edu",
      originalEnvelopeId: "QQ314159",
      recipients: [
        {
          finalRecipient: "louisl@larry.slip.umd.edu",
          originalRecipient: "louisl@larry.slip.umd.edu",
          action: "failed",
          status: "4.0.0",
          diagnosticCode: "426 connection timed out",
        },
        {
          finalRecipient: "ann@example.test",
          action: "delayed",
          status: "5.1.1",
          remoteMta: "mx.example.test",
        },
      ],
      returnedHeaders: undefined,
    },
  );
  assert.equal(firstValue(report?.returnedHeaders ?? [], "message-id"), "<1@waxwing.test>");
});

test("a report with only the returned headers, base64 status and a wrong label is read", () => {
  const status = Buffer.from(
    "Reporting-MTA: dns; x\n\nFinal-Recipient: utf-8; jürgen@x.test\nAction: nonsense\n",
  ).toString("base64");
  const raw = Buffer.from(
    dsn
      .toString()
      .replace("multipart/report; report-type=delivery-status", "multipart/mixed")
      .replace(
        /message\/delivery-status\r\n\r\n[\s\S]*?\r\n--/,
        `message/global-delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n${status}\r\n--`,
      )
      .replace("message/rfc822", "text/rfc822-headers"),
  );
  const report = parseDeliveryReport(raw);
  assert.deepEqual(report?.recipients, [{ finalRecipient: "jürgen@x.test", action: "unknown", status: "" }]);
  assert.equal(firstValue(report?.returnedHeaders ?? [], "subject"), "hello");
});

test("what is no delivery report is undefined", () => {
  assert.equal(parseDeliveryReport(message("Subject: hi", "", "Final-Recipient: rfc822; a@b")), undefined);
  assert.equal(
    parseDeliveryReport(Buffer.from(dsn.toString().replace(/Final-Recipient|Original-Recipient/g, "X"))),
    undefined,
  );
});

// RFC 5965 appendix B.2, "Full Email Feedback Report".
const arf = message(
  "From: <abusedesk@example.com>",
  "Date: Thu, 8 Mar 2005 17:40:36 EDT",
  "Subject: FW: Earn money",
  "To: <abuse@example.net>",
  "MIME-Version: 1.0",
  "Content-Type: multipart/report; report-type=feedback-report;",
  '      boundary="part1_13d.2e68ed54_boundary"',
  "",
  "--part1_13d.2e68ed54_boundary",
  'Content-Type: text/plain; charset="US-ASCII"',
  "Content-Transfer-Encoding: 7bit",
  "",
  "This is an email abuse report for an email message received from IP",
  "",
  "--part1_13d.2e68ed54_boundary",
  "Content-Type: message/feedback-report",
  "",
  "Feedback-Type: abuse",
  "User-Agent: SomeGenerator/1.0",
  "Version: 1",
  "Original-Mail-From: <somespammer@example.net>",
  "Original-Rcpt-To: <user@example.com>",
  "Original-Rcpt-To: two@example.com",
  "Arrival-Date: Thu, 8 Mar 2005 14:00:00 EDT",
  "Reporting-MTA: dns; mail.example.com",
  "Source-IP: 192.0.2.1",
  "",
  "--part1_13d.2e68ed54_boundary",
  "Content-Type: message/rfc822",
  "Content-Disposition: inline",
  "",
  "From: <somespammer@example.net>",
  "Message-ID: 8787KJKJ3K4J3K4J3K4J3.mail@example.net",
  "",
  "Spam Spam Spam",
  "--part1_13d.2e68ed54_boundary--",
);

test("the complaint of RFC 5965 is read", () => {
  const report = parseComplaintReport(arf);
  assert.deepEqual(
    { ...report, returnedHeaders: undefined },
    {
      feedbackType: "abuse",
      userAgent: "SomeGenerator/1.0",
      originalMailFrom: "somespammer@example.net",
      originalRcptTo: ["user@example.com", "two@example.com"],
      arrivalDate: new Date("2005-03-08T18:00:00Z"),
      returnedHeaders: undefined,
    },
  );
  assert.equal(firstValue(report?.returnedHeaders ?? [], "from"), "<somespammer@example.net>");
  assert.equal(parseComplaintReport(dsn), undefined);
});

const headers: readonly (readonly [header: string, kind: string])[] = [
  ["Subject: Re: hi", "person"],
  ["Auto-Submitted: no", "person"],
  ["Auto-Submitted: auto-replied (vacation)", "auto-replied"],
  ["Auto-Submitted: auto-generated; x=y", "auto-generated"],
  ["auto-submitted: Auto-Notified", "auto-generated"],
  ["X-Autoreply: yes", "auto-replied"],
  ["X-Auto-Response-Suppress: All", "auto-generated"],
  ["X-Auto-Response-Suppress: None", "person"],
  ["Precedence: bulk", "bulk"],
  ["Precedence: auto_reply", "auto-replied"],
  ["Precedence: first-class", "person"],
  ["List-Id: <l.example.test>", "bulk"],
];
for (const [header, kind] of headers) {
  test(`${header} comes from ${kind}`, () => {
    assert.equal(detectAutoReply(splitHeader(Buffer.from(`${header}\r\n\r\n`)).fields).kind, kind);
  });
}
