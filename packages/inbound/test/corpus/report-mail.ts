import type { Sample } from "./sample.ts";

/** A report by RFC 3464 as one mail system writes it. */
export interface Report {
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

/** The mail that carries the report. */
export const reportMail = ({
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

/** What is expected of the usual reports, about one recipient. */
export const hard = (address: string, ...reasons: string[]): Sample["expect"] => ({
  class: ["hard"],
  reasons,
  recipients: [address],
});
export const soft = (address: string, ...reasons: string[]): Sample["expect"] => ({
  class: ["soft"],
  reasons,
  recipients: [address],
});
export const delivered = (address: string): Sample["expect"] => ({
  class: ["delivered"],
  reasons: ["delivered", "relayed", "expanded"],
  recipients: [address],
});

/** What the reports of some systems have in common. */
export const POSTFIX = {
  system: "postfix",
  from: "MAILER-DAEMON@mx.example.test (Mail Delivery System)",
  subject: "Undelivered Mail Returned to Sender",
  text: "This is the mail system at host mx.example.test.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.",
};
export const SENDMAIL = {
  system: "sendmail",
  from: "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.test>",
  subject: "Returned mail: see transcript for details",
  text: "The original message was received at Mon, 3 Nov 2025 10:11:12 GMT\n\n   ----- The following addresses had permanent fatal errors -----",
};
export const OFFICE = {
  system: "office365",
  from: "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.test>",
  subject: "Undeliverable: Your order",
  text: "Delivery has failed to these recipients or groups:",
};
export const GMAIL = {
  system: "gmail",
  from: "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
  subject: "Delivery Status Notification (Failure)",
  text: "** Message not delivered **",
};
export const EXIM = {
  system: "exim",
  from: "Mail Delivery System <Mailer-Daemon@mx.example.test>",
  subject: "Mail delivery failed: returning message to sender",
  text: "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:",
};

export const MTA = "Reporting-MTA: dns; mx.example.test\nArrival-Date: Mon, 3 Nov 2025 10:11:12 +0000\n\n";
/** The fields of a report on one recipient. */
export const failed = (address: string, status: string, diagnostic: string): string =>
  `${MTA}Final-Recipient: rfc822; ${address}\nAction: failed\nStatus: ${status}\nRemote-MTA: dns; mx.remote.test\nDiagnostic-Code: smtp; ${diagnostic}`;
