/** A delivery report (RFC 3464) as Postfix writes it. */
export const deliveryReport = (about: {
  readonly recipient: string;
  readonly status?: string;
  readonly action?: string;
  readonly messageId?: string;
}): string => `From: MAILER-DAEMON@mx.example.test
To: whoever
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain

It did not arrive.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.test

Final-Recipient: rfc822; ${about.recipient}
Action: ${about.action ?? "failed"}
Status: ${about.status ?? "5.1.1"}
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b1
Content-Type: text/rfc822-headers

From: shop@waxwing.test
Message-ID: ${about.messageId ?? "<none@elsewhere.test>"}
Subject: Your order

--b1--
`;

/** A complaint (ARF, RFC 5965). */
export const complaintReport = (about: {
  readonly originalMailFrom: string;
  readonly type?: string;
  readonly messageId?: string;
  readonly recipient?: string;
}): string => `From: feedback@provider.test
To: inbox@waxwing.test
Subject: FW: Your order
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b2"

--b2
Content-Type: text/plain

A user complained.

--b2
Content-Type: message/feedback-report

Feedback-Type: ${about.type ?? "abuse"}
User-Agent: Provider/1.0
Version: 1
Original-Mail-From: <${about.originalMailFrom}>
${about.recipient === undefined ? "" : `Original-Rcpt-To: <${about.recipient}>\n`}
--b2
Content-Type: message/rfc822

From: shop@waxwing.test
Message-ID: ${about.messageId ?? "<none@elsewhere.test>"}
Subject: Your order

Hello.

--b2--
`;
