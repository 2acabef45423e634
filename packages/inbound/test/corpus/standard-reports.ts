import type { Sample } from "./sample.ts";

/** A report by RFC 3464 as one mail system writes it. */
interface Report {
  readonly system: string;
  readonly title: string;
  readonly from: string;
  readonly subject: string;
  readonly text: string;
  /** Fields about the message, then those about each recipient, empty lines between them. */
  readonly fields: string;
  readonly expect: Sample["expect"];
  readonly header?: string;
  readonly partType?: string;
}

const mail = ({
  from,
  subject,
  text,
  fields,
  header = "",
  partType = "message/delivery-status",
}: Report): string =>
  `Return-Path: <>
From: ${from}
To: b+token@bounces.shop.test
Subject: ${subject}
${header}MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"

--=_b
Content-Type: text/plain; charset=utf-8

${text}

--=_b
Content-Type: ${partType}

${fields}

--=_b
Content-Type: text/rfc822-headers

From: Shop <hello@shop.test>
Message-ID: <sent-1@shop.test>
Subject: Your order

--=_b--
`;

const hard = (address: string, ...reasons: string[]): Sample["expect"] => ({
  class: ["hard"],
  reasons,
  recipients: [address],
});
const soft = (address: string, ...reasons: string[]): Sample["expect"] => ({
  class: ["soft"],
  reasons,
  recipients: [address],
});
const delivered = (address: string): Sample["expect"] => ({
  class: ["delivered"],
  reasons: ["delivered", "relayed", "expanded"],
  recipients: [address],
});

const POSTFIX = {
  system: "postfix",
  from: "MAILER-DAEMON@mx.example.test (Mail Delivery System)",
  subject: "Undelivered Mail Returned to Sender",
  text: "This is the mail system at host mx.example.test.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.",
};
const SENDMAIL = {
  system: "sendmail",
  from: "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.test>",
  subject: "Returned mail: see transcript for details",
  text: "The original message was received at Mon, 3 Nov 2025 10:11:12 GMT\n\n   ----- The following addresses had permanent fatal errors -----",
};
const OFFICE = {
  system: "office365",
  from: "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.test>",
  subject: "Undeliverable: Your order",
  text: "Delivery has failed to these recipients or groups:",
};
const GMAIL = {
  system: "gmail",
  from: "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
  subject: "Delivery Status Notification (Failure)",
  text: "** Message not delivered **",
};
const EXIM = {
  system: "exim",
  from: "Mail Delivery System <Mailer-Daemon@mx.example.test>",
  subject: "Mail delivery failed: returning message to sender",
  text: "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:",
};

const MTA = "Reporting-MTA: dns; mx.example.test\nArrival-Date: Mon, 3 Nov 2025 10:11:12 +0000\n\n";
const failed = (address: string, status: string, diagnostic: string): string =>
  `${MTA}Final-Recipient: rfc822; ${address}\nAction: failed\nStatus: ${status}\nRemote-MTA: dns; mx.remote.test\nDiagnostic-Code: smtp; ${diagnostic}`;

/** What servers of the large and of many small providers say, in the words that their documentation or their reports show. */
const replies: readonly (readonly [
  base: typeof POSTFIX,
  title: string,
  status: string,
  diagnostic: string,
  expect: (address: string) => Sample["expect"],
])[] = [
  [
    POSTFIX,
    "unknown to gmail",
    "5.1.1",
    "550-5.1.1 The email account that you tried to reach does not exist. Please try 550-5.1.1 double-checking the recipient's email address for typos or 550 5.1.1 unnecessary spaces. - gsmtp",
    (a) => hard(a, "invalid-recipient"),
  ],
  [
    POSTFIX,
    "over quota at gmail",
    "5.2.2",
    "552-5.2.2 The recipient's inbox is out of storage space. 552 5.2.2 https://support.google.com/mail/?p=OverQuotaPerm - gsmtp",
    (a) => soft(a, "mailbox-full"),
  ],
  [
    POSTFIX,
    "disabled at gmail",
    "5.2.1",
    "550 5.2.1 The email account that you tried to reach is disabled. - gsmtp",
    (a) => hard(a, "inactive-mailbox"),
  ],
  [
    POSTFIX,
    "unauthenticated at gmail",
    "5.7.26",
    "550-5.7.26 This mail has been blocked because the sender is unauthenticated. - gsmtp",
    (a) => soft(a, "authentication-failed"),
  ],
  [
    POSTFIX,
    "unknown to yahoo",
    "5.0.0",
    "554 delivery error: dd Requested mail action aborted, mailbox not found - mta1.yahoo.test",
    (a) => hard(a, "invalid-recipient"),
  ],
  [
    POSTFIX,
    "deferred by yahoo until it expired",
    "4.7.0",
    "421 4.7.0 [TSS04] Messages from 198.51.100.7 temporarily deferred due to unexpected volume or user complaints",
    (a) => soft(a, "rate-limited", "reputation"),
  ],
  [
    POSTFIX,
    "unknown to outlook.com",
    "5.5.0",
    "550 5.5.0 Requested action not taken: mailbox unavailable. [AM1.eop.test]",
    (a) => hard(a, "invalid-recipient"),
  ],
  [
    POSTFIX,
    "blocked by outlook.com",
    "5.7.1",
    "550 5.7.1 Unfortunately, messages from [198.51.100.7] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150).",
    (a) => soft(a, "blocklisted"),
  ],
  [
    POSTFIX,
    "unknown to icloud",
    "5.1.1",
    "550 5.1.1 <x@icloud.test>: user does not exist",
    (a) => hard(a, "invalid-recipient"),
  ],
  [
    POSTFIX,
    "full at icloud",
    "5.2.2",
    "552 5.2.2 <x@icloud.test>: user is over quota",
    (a) => soft(a, "mailbox-full"),
  ],
  [
    POSTFIX,
    "refused by a block list",
    "5.7.1",
    "554 5.7.1 Service unavailable; Client host [198.51.100.7] blocked using zen.spamhaus.org",
    (a) => soft(a, "blocklisted"),
  ],
  [
    POSTFIX,
    "greylisted until it expired",
    "4.2.0",
    "450 4.2.0 <x@example.test>: Recipient address rejected: Greylisted",
    (a) => soft(a, "greylisted"),
  ],
  [
    POSTFIX,
    "host not found",
    "5.4.4",
    "Host or domain name not found. Name service error for name=nowhere.test type=A: Host not found",
    (a) => hard(a, "bad-domain"),
  ],
  [
    POSTFIX,
    "null MX",
    "5.1.10",
    "556 5.1.10 Domain example.test does not accept mail (nullMX)",
    (a) => hard(a, "bad-domain"),
  ],
  [
    POSTFIX,
    "connection timed out",
    "4.4.1",
    "connect to mx.remote.test[192.0.2.1]:25: Connection timed out",
    (a) => soft(a, "no-answer", "connection-lost"),
  ],
  [POSTFIX, "mail loop", "5.4.6", "mail forwarding loop for x@example.test", (a) => soft(a, "routing")],
  [
    POSTFIX,
    "moved",
    "5.1.6",
    "551 5.1.6 recipient no longer on server: x@example.test",
    (a) => hard(a, "mailbox-moved", "inactive-mailbox", "invalid-recipient"),
  ],
  [POSTFIX, "too large", "5.3.4", "552 5.3.4 Message size exceeds fixed limit", (a) => soft(a, "too-large")],
  [
    POSTFIX,
    "spam",
    "5.7.1",
    "550 5.7.1 Message rejected due to spam content",
    (a) => soft(a, "spam-content"),
  ],
  [POSTFIX, "virus", "5.7.1", "554 5.7.1 virus Eicar-Test-Signature detected", (a) => soft(a, "virus")],
  [
    POSTFIX,
    "TLS required",
    "5.7.10",
    "530 5.7.10 Must issue a STARTTLS command first, encryption needed",
    (a) => soft(a, "tls-required"),
  ],
  [
    POSTFIX,
    "relay denied",
    "5.7.1",
    "554 5.7.1 <x@example.test>: Relay access denied",
    (a) => soft(a, "relay-denied"),
  ],
  [
    SENDMAIL,
    "user unknown",
    "5.1.1",
    "550 5.1.1 <x@example.test>... User unknown",
    (a) => hard(a, "invalid-recipient"),
  ],
  [SENDMAIL, "host unknown", "5.1.2", "550 Host unknown", (a) => hard(a, "bad-domain")],
  [
    SENDMAIL,
    "address rejected for its syntax",
    "5.1.3",
    "553 5.1.3 <x..y@example.test>... malformed address",
    (a) => hard(a, "malformed-address", "invalid-recipient"),
  ],
  [
    SENDMAIL,
    "proofpoint says no",
    "5.1.1",
    "550 5.1.1 User Unknown - https://proofpoint.test",
    (a) => hard(a, "invalid-recipient"),
  ],
  [
    OFFICE,
    "recipient not found",
    "5.1.10",
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient x@example.test not found by SMTP address lookup",
    (a) => hard(a, "invalid-recipient"),
  ],
  [
    OFFICE,
    "access denied at the edge",
    "5.4.1",
    "550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [AM0.test]",
    (a) => hard(a, "invalid-recipient"),
  ],
  [
    OFFICE,
    "mailbox full",
    "5.2.2",
    "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException",
    (a) => soft(a, "mailbox-full"),
  ],
  [
    OFFICE,
    "queue expired",
    "4.4.7",
    "550 4.4.7 QUEUE.Expired; message expired",
    (a) => soft(a, "expired-elsewhere"),
  ],
  [
    OFFICE,
    "group takes no outsiders",
    "5.7.133",
    "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required",
    (a) => soft(a, "sender-blocked", "policy", "authentication-failed", "relay-denied"),
  ],
  [
    OFFICE,
    "transport rule",
    "5.7.1",
    "550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy",
    (a) => soft(a, "policy"),
  ],
  [
    GMAIL,
    "address not found",
    "5.1.1",
    "550 5.1.1 <x@example.test>... User Unknown",
    (a) => hard(a, "invalid-recipient"),
  ],
  [
    GMAIL,
    "DNS error",
    "4.0.0",
    "DNS Error: DNS type 'mx' lookup of nowhere.test responded with code NXDOMAIN Domain name not found: nowhere.test",
    (a) => hard(a, "bad-domain"),
  ],
  [
    EXIM,
    "unrouteable",
    "5.0.0",
    "550 Unrouteable address",
    (a) => hard(a, "invalid-recipient", "bad-domain"),
  ],
  [EXIM, "no such person here", "5.0.0", "550 No Such User Here", (a) => hard(a, "invalid-recipient")],
  [
    EXIM,
    "sender verify failed",
    "5.0.0",
    "550-Verification failed for <b+token@bounces.shop.test> 550 Sender verify failed",
    (a) => soft(a, "invalid-sender", "policy"),
  ],
];

const special: readonly Report[] = [
  {
    ...POSTFIX,
    title: "delayed",
    subject: "Delayed Mail (still being retried)",
    text: "This is the mail system at host mx.example.test.\n\nTHIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE.",
    fields: `${MTA}Final-Recipient: rfc822; ann@example.test\nAction: delayed\nStatus: 4.4.1\nDiagnostic-Code: X-Postfix; connect to mx.remote.test: Connection refused`,
    expect: soft("ann@example.test", "no-answer", "connection-lost"),
  },
  {
    ...POSTFIX,
    title: "delivered",
    subject: "Successful Mail Delivery Report",
    text: "Your message was successfully delivered",
    fields: `${MTA}Final-Recipient: rfc822; ann@example.test\nAction: delivered\nStatus: 2.0.0\nDiagnostic-Code: smtp; 250 2.0.0 OK`,
    expect: delivered("ann@example.test"),
  },
  {
    ...POSTFIX,
    title: "relayed",
    subject: "Successful Mail Delivery Report",
    text: "relayed",
    fields: `${MTA}Final-Recipient: rfc822; ann@example.test\nAction: relayed\nStatus: 2.0.0`,
    expect: delivered("ann@example.test"),
  },
  {
    ...SENDMAIL,
    title: "expanded",
    subject: "Return receipt",
    text: "list expanded",
    fields: `${MTA}Final-Recipient: rfc822; list@example.test\nAction: expanded (to multi-recipient alias)\nStatus: 2.0.0`,
    expect: delivered("list@example.test"),
  },
  {
    ...OFFICE,
    title: "delivered",
    subject: "Delivered: Your order",
    text: "Your message has been delivered to the following recipients:",
    fields: `${MTA}Final-Recipient: rfc822;ann@example.test\nAction: delivered\nStatus: 2.0.0`,
    expect: delivered("ann@example.test"),
  },
  {
    ...OFFICE,
    title: "relayed",
    subject: "Relayed: Your order",
    text: "Delivery to these recipients or groups is complete, but no delivery notification was sent by the destination server:",
    fields: `${MTA}Final-Recipient: rfc822;ann@example.test\nAction: relayed\nStatus: 2.0.0`,
    expect: delivered("ann@example.test"),
  },
  {
    ...POSTFIX,
    title: "three recipients, three fates",
    fields: `${MTA}Final-Recipient: rfc822; ann@example.test\nAction: delivered\nStatus: 2.0.0\n\nFinal-Recipient: rfc822; ben@example.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\n\nFinal-Recipient: rfc822; cy@example.test\nAction: delayed\nStatus: 4.2.2\nDiagnostic-Code: smtp; 452 4.2.2 Mailbox full`,
    expect: {
      class: ["hard"],
      reasons: ["invalid-recipient"],
      recipients: ["ann@example.test", "ben@example.test", "cy@example.test"],
    },
  },
  {
    ...POSTFIX,
    title: "in UTF-8 (RFC 6533)",
    fields: `${MTA}Final-Recipient: utf-8; ünal@example.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 Unbekannter Empfänger`,
    partType: "message/global-delivery-status\nContent-Transfer-Encoding: 8bit",
    expect: hard("ünal@example.test", "invalid-recipient"),
  },
  {
    ...POSTFIX,
    title: "in UTF-8, written in ASCII",
    fields: `${MTA}Final-Recipient: utf-8; \\x{5973}\\x{5b50}@example.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user`,
    partType: "message/global-delivery-status",
    expect: hard("女子@example.test", "invalid-recipient"),
  },
  {
    ...POSTFIX,
    title: "Original-Recipient beside it",
    fields: `${MTA}Original-Recipient: rfc822;alias@example.test\nFinal-Recipient: rfc822;ann@inner.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 unknown user`,
    expect: hard("ann@inner.test", "invalid-recipient"),
  },
  {
    ...POSTFIX,
    title: "without Action",
    fields: `${MTA}Final-Recipient: rfc822; ann@example.test\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 unknown user`,
    expect: hard("ann@example.test", "invalid-recipient"),
  },
  {
    ...POSTFIX,
    title: "without Status",
    fields: `${MTA}Final-Recipient: rfc822; ann@example.test\nAction: failed\nDiagnostic-Code: smtp; 550 5.1.1 unknown user`,
    expect: hard("ann@example.test", "invalid-recipient"),
  },
  {
    system: "domino",
    from: "Mail_Router@example.test",
    subject: "DELIVERY FAILURE: User ann (ann@example.test) not listed in Domino Directory",
    text: "Your message\n\n  Subject: Your order\n\nwas not delivered to:\n\n  ann@example.test\n\nbecause:\n\n  User ann (ann@example.test) not listed in Domino Directory",
    title: "the reason in the prose only",
    fields: `${MTA}Final-Recipient: rfc822;ann@example.test\nAction: failed\nStatus: 5.0.0`,
    expect: hard("ann@example.test", "invalid-recipient"),
  },
  {
    system: "courier",
    from: '"Courier mail server at mta.example.test" <@>',
    subject: "NOTICE: mail delivery status.",
    text: "                           UNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be delivered:\n\n<ann@example.test>:\n    No such domain.",
    title: "no such domain",
    fields: `${MTA}Final-Recipient: rfc822; ann@example.test\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: unknown; No such domain.`,
    expect: hard("ann@example.test", "bad-domain"),
  },
  {
    system: "courier",
    from: '"Courier mail server at mta.example.test" <@>',
    subject: "WARNING: delayed mail.",
    text: "DELAYS IN DELIVERING YOUR MESSAGE",
    title: "delay",
    fields: `${MTA}Final-Recipient: rfc822; ann@example.test\nAction: delayed\nStatus: 4.0.0\nDiagnostic-Code: unknown; DNS lookup failed.`,
    expect: soft("ann@example.test", "dns-failure", "unclassified", "system-unavailable", "connection-lost"),
  },
  {
    system: "mimecast",
    from: "Mail Delivery System <postmaster@mimecast.test>",
    subject: "[Postmaster] Email Delivery Failure",
    text: "This is a delivery failure notification message",
    title: "unknown recipient",
    fields: `${MTA}Final-Recipient: rfc822;ann@example.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 Invalid Recipient - https://community.mimecast.test/docs/DOC-1369#550`,
    expect: hard("ann@example.test", "invalid-recipient"),
  },
  {
    system: "amazon-ses",
    from: "MAILER-DAEMON@amazonses.test",
    subject: "Delivery Status Notification (Failure)",
    text: "An error occurred while trying to deliver the mail to the following recipients:\nann@example.test",
    title: "user unknown",
    fields: `Reporting-MTA: dns; a8.smtp-out.amazonses.test\n\nAction: failed\nFinal-Recipient: rfc822; ann@example.test\nDiagnostic-Code: smtp; 550 5.1.1 user unknown\nStatus: 5.1.1`,
    expect: hard("ann@example.test", "invalid-recipient"),
  },
  {
    system: "amazon-workmail",
    from: "postmaster@workmail.test",
    subject: "Delivery Status Notification (Failure)",
    text: "Your message to the following recipients couldn't be delivered.",
    title: "full",
    fields: `Reporting-MTA: dns; workmail.test\n\nFinal-Recipient: rfc822; ann@example.test\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 Mailbox full`,
    expect: soft("ann@example.test", "mailbox-full"),
  },
  {
    system: "messaging-server",
    from: "postmaster@me.test",
    subject: "Delivery Notification: Delivery has failed",
    text: "This report relates to a message you sent with the following header fields:",
    title: "rejected address",
    fields: `Original-envelope-id: 0NFC009FLKOUVMA0@me.test\nReporting-MTA: dns;mr21.me.test (tcp-daemon)\n\nOriginal-recipient: rfc822;ann@example.test\nFinal-recipient: rfc822;ann@example.test\nAction: failed\nStatus: 5.1.1 (Remote SMTP server has rejected address)\nRemote-MTA: dns;mx.example.test (TCP|203.0.113.1|47323|192.0.2.225|25)\nDiagnostic-code: smtp;550 5.1.1 <ann@example.test>... User Unknown`,
    expect: hard("ann@example.test", "invalid-recipient"),
  },
  {
    system: "facebook",
    from: "Facebook <mailer-daemon@mx.facebook.test>",
    subject: "Sorry, your message could not be delivered",
    text: "This message was created automatically by Facebook.",
    title: "blocks the sender",
    fields: `Reporting-MTA: dns; mx.facebook.test\n\nFinal-Recipient: rfc822; ann@facebook.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 RCP-P1 http://postmaster.facebook.test/response_codes?ip=198.51.100.7#rcp Refused due to recipient preferences`,
    expect: {
      class: ["hard", "soft"],
      reasons: ["sender-blocked", "invalid-recipient", "policy"],
      recipients: ["ann@facebook.test"],
    },
  },
  {
    system: "barracuda",
    from: "MAILER-DAEMON@barracuda.test",
    subject: "Undelivered Mail Returned to Sender",
    text: "This is the mail system at host barracuda.test.",
    title: "blocked content",
    fields: failed("ann@example.test", "5.0.0", "554 rejected due to spam content"),
    expect: soft("ann@example.test", "spam-content"),
  },
  {
    system: "verizon",
    from: "postmaster@verizon.test",
    subject: "Delivery Status Notification (Failure)",
    text: "Failed.",
    title: "subscriber gone",
    fields: failed("5550103@vzw.test", "5.1.1", "550 5.1.1 subscriber does not exist"),
    expect: hard("5550103@vzw.test", "invalid-recipient"),
  },
];

/** Reports by RFC 3464 of many systems, about many kinds of failure. */
export const STANDARD_REPORTS: readonly Sample[] = [
  ...replies.map(([base, title, status, diagnostic, expect], at): Sample => {
    const address = `rcpt${at}@remote.test`;
    return {
      family: "RFC 3464",
      name: `${base.system}: ${title}`,
      raw: Buffer.from(
        mail({ ...base, title, fields: failed(address, status, diagnostic), expect: expect(address) }),
      ),
      expect: { ...expect(address), messageId: "<sent-1@shop.test>" },
    };
  }),
  ...special.map(
    (report): Sample => ({
      family: "RFC 3464",
      name: `${report.system}: ${report.title}`,
      raw: Buffer.from(mail(report)),
      expect: { ...report.expect, messageId: "<sent-1@shop.test>" },
    }),
  ),
];
