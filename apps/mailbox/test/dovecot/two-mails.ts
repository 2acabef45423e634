export const PLAIN = `From: Ann <ann@waxwing.test>
To: bob@example.test
Subject: Hello
Date: Wed, 4 Mar 2026 05:06:07 +0000
Message-ID: <1@waxwing.test>

Hello Bob,
.a line with a dot
bye
`;

/** A message with an alternative, an attachment, an attached message and non-ASCII text. */
export const NESTED = `From: =?utf-8?Q?J=C3=BCrgen?= <j@example.test>
To: ann@waxwing.test
Subject: =?utf-8?B?R3LDvMOfZQ==?=
Date: Thu, 5 Mar 2026 10:00:00 +0100
Message-ID: <2@example.test>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

preamble
--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Sch=C3=B6ne Gr=C3=BC=C3=9Fe
--inner
Content-Type: text/html

<p>Hi</p>
--inner--
--outer
Content-Type: message/rfc822

From: inner@example.test
Subject: Inside
Content-Type: text/plain

inner body
--outer
Content-Type: application/octet-stream; name="a.bin"
Content-Disposition: attachment; filename="a.bin"
Content-Transfer-Encoding: base64

AAEC/w==
--outer--
`;
