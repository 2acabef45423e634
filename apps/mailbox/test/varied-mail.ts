/** An integer from 0 up to, and without, `below`. */
type Random = (below: number) => number;

const WORDS =
  "order invoice Grüße réponse Привет 注文 payment ticket naïve weekly été reply ₤ report 🐝 delta".split(
    " ",
  );
const CHARSETS = [
  "iso-8859-1",
  "koi8-r",
  "gb2312",
  "shift_jis",
  "windows-1251",
  "euc-kr",
  "iso-2022-jp",
  "utf-8",
  "x-unknown",
];
const ADDRESSES = [
  "Ann <ann@waxwing.test>",
  '"Last, First" <first.last@example.test>',
  "plain@example.test",
  "=?iso-8859-1?Q?J=FCrgen?= <j@example.test>, =?utf-8?B?5rOo5paH?= <order@example.test>",
  "Friends: ann@example.test, Bob <bob@example.test>;, carl@example.test",
  "undisclosed-recipients:;",
  '"quoted \\" quote" <"odd local"@example.test>',
  "dora@example.test (a comment)",
  "<@relay.test:erin@example.test>",
  "<>",
  "no address at all",
  '"unterminated <fred@example.test>',
  "gina@[192.0.2.1]",
  "A. B. Dotted <dotted@example.test>",
  "",
];
const DATES = [
  "Wed, 4 Mar 2026 05:06:07 +0000",
  "4 Mar 26 05:06 EST",
  "Wed, 04 Mar 2026 05:06:07 +0100 (CET)",
  "yesterday",
  "2026-03-04T05:06:07Z",
];

/**
 * The nth message of a mailbox in which all kinds of mail stand beside one another: well-formed, odd and broken. The same n is the
 * same message at all times. Lines end in CRLF; the last one may lack it.
 */
export function variedMail(n: number): Buffer {
  const random = createRandom(n + 1);
  const kind = KINDS[n % KINDS.length] ?? plain;
  return Buffer.from(kind(random, n).replaceAll(/\r?\n/g, "\r\n"), n % 7 === 3 ? "latin1" : "utf8");
}

/** Whether programs that parse messages, and write them anew, can keep the nth message as it is. */
export function isWellFormed(n: number): boolean {
  const kind = KINDS[n % KINDS.length] ?? plain;
  return ![bodyOnly, brokenHeader, brokenMultipart].includes(kind);
}

/** A message with an attachment of 20 MB. */
export function largeMail(): Buffer {
  const random = createRandom(20);
  // Does not repeat within what compression looks back over.
  const block = Buffer.from(Array.from({ length: 57 * 20_000 }, () => random(256)));
  const lines = block.toString("base64").replaceAll(/.{76}/g, "$&\r\n");
  const head = `${header(random, 0)}Content-Type: application/octet-stream; name=large.bin\nContent-Transfer-Encoding: base64\n\n`;
  const times = Math.ceil((20 * 1024 * 1024) / block.length);
  return Buffer.from(head.replaceAll("\n", "\r\n") + lines.repeat(times), "latin1");
}

type Kind = (random: Random, n: number) => string;

const pick = <T>(random: Random, from: readonly T[], fallback: T): T => from[random(from.length)] ?? fallback;
const words = (random: Random, count: number): string =>
  Array.from({ length: count }, () => pick(random, WORDS, "")).join(" ");
const lines = (random: Random, count: number): string =>
  Array.from({ length: count }, () => words(random, 1 + random(9))).join("\n");

/** Header fields that every message with a name has. */
function header(random: Random, n: number): string {
  const reference =
    n % 3 === 0
      ? `In-Reply-To: <varied.${n - 1}@example.test>\nReferences: <varied.${n - 1}@example.test>\n`
      : "";
  return `From: ${pick(random, ADDRESSES, "")}
To: ${pick(random, ADDRESSES, "")}
Subject: ${words(random, 3)} ${n}
Date: ${pick(random, DATES, "")}
Message-ID: <varied.${n}@example.test>
${reference}`;
}

const plain: Kind = (random, n) => `${header(random, n)}\n${lines(random, 1 + random(40))}\n`;

const base64 = (random: Random, bytes: number): string =>
  Buffer.from(Array.from({ length: bytes }, () => random(256)))
    .toString("base64")
    .replaceAll(/.{76}/g, "$&\n");

const alternative: Kind = (random, n) => `${header(random, n)}MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_alt ${n}"

--=_alt ${n}
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Sch=C3=B6ne Gr=C3=BC=C3=9Fe ${n}=
 and on
--=_alt ${n}
Content-Type: text/html; charset="utf-8"

<p>${words(random, 5)}</p>

--=_alt ${n}--
`;

const attachments: Kind = (random, n) => `${header(random, n)}MIME-Version: 1.0
Content-Type: multipart/mixed;
	boundary=mix${n}

This is the preamble.
--mix${n}

no header at all
--mix${n}
Content-Type: application/pdf; name*0="a long na"; name*1="me.pdf"
Content-Disposition: attachment; filename*=utf-8''%e2%82%ac%20rates.pdf; size=${n}
Content-Transfer-Encoding: BASE64
Content-ID: <part.${n}@example.test>
Content-Description: ${words(random, 2)}

${base64(random, 200 + random(4_000))}
--mix${n}
Content-Type: image/png; name="=?utf-8?Q?bild=C3=BC.png?="
Content-Disposition: inline
Content-Transfer-Encoding: base64
Content-Language: de, en
Content-Location: http://example.test/bild.png
Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==

${base64(random, 40)}
--mix${n}--
This is the epilogue.
`;

const nested: Kind = (random, n) => {
  let inner = plain(random, n);
  for (let depth = 1 + random(4); depth > 0; depth -= 1) {
    const boundary = `level${depth}`;
    inner =
      depth % 2 === 0
        ? `${header(random, n)}Content-Type: message/rfc822\n\n${inner}`
        : `${header(random, n)}Content-Type: multipart/mixed; boundary=${boundary}\n\n--${boundary}\nContent-Type: text/plain\n\n${words(random, 2)}\n--${boundary}\nContent-Type: message/rfc822\nContent-Disposition: attachment\n\n${inner}\n--${boundary}--\n`;
  }
  return inner;
};

const brokenHeader: Kind = (random, n) => {
  const fields = [
    "a line without a colon",
    "Subject : spaces before the colon",
    "From: one@example.test\nFrom: two@example.test",
    `Subject: =?utf-8?Q?unfinished ${n}`,
    "To: a@example.test,\n b@example.test,\n\tc@example.test",
    "Content-Type: text/plain; charset",
    "Content-Type: ; charset=utf-8",
    'Content-Type: text/plain; name="no end',
    "Content-Type: text",
    "Date:",
    `X-Long: ${"x".repeat(1_500)}`,
    ": no name",
    "Sender: s@example.test\nReply-To: ",
    "Cc: ,,a@example.test,,\nBcc: hidden@example.test",
  ];
  const some = Array.from({ length: 4 }, () => pick(random, fields, ""));
  return `${some.join("\n")}\nX-Number: ${n}\n\n${lines(random, 3)}\n`;
};

const headerOnly: Kind = (random, n) => (n % 2 === 0 ? header(random, n) : `${header(random, n)}\n`);

const bodyOnly: Kind = (random, n) => `\n${n} ${lines(random, 2)}\n`;

const longLines: Kind = (random, n) => `${header(random, n)}\n${"y".repeat(3_000 + random(3_000))}\nend\n`;

const charset: Kind = (random, n) => {
  const name = pick(random, CHARSETS, "utf-8");
  const high = String.fromCharCode(...Array.from({ length: 60 }, () => 0xa1 + random(90)));
  return `${header(random, n)}Content-Type: text/plain; charset=${name}\nContent-Transfer-Encoding: 8bit\n\n${high}\n${words(random, 4)}\n`;
};

const brokenMultipart: Kind = (random, n) => {
  const shapes = [
    "Content-Type: multipart/mixed\n\n--x\n\nno boundary is named\n--x--\n",
    "Content-Type: multipart/mixed; boundary=x\n\nno part comes\n",
    "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/html\n\nno end comes\n",
    "Content-Type: multipart/mixed; boundary=x\n\n--x\n--x\n\n--x--\n",
    "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/alternative; boundary=y\n\n--y\n\ninner\n--x\n\nouter ends inner\n--x--\n",
    'Content-Type: multipart/mixed; boundary=""\n\n--\n\nan empty boundary\n----\n',
    "Content-Type: multipart/mixed; boundary=x\n\n--xy\n\na longer line\n--x \n\nspaces behind\n--x--\n",
    "Content-Type: multipart/mixed; boundary=x\nContent-Transfer-Encoding: base64\n\n--x\n\nan encoding that may not be\n--x--\n",
    "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeAoKYm9keQo=\n--x--\n",
  ];
  return `${header(random, n)}MIME-Version: 1.0\n${pick(random, shapes, "")}`;
};

const digest: Kind = (random, n) => `${header(random, n)}Content-Type: multipart/digest; boundary=d

--d

${plain(random, n)}
--d
Content-Type: text/plain

not a message
--d--
`;

const report: Kind = (
  random,
  n,
) => `${header(random, n)}Content-Type: multipart/report; report-type=delivery-status; boundary="r"
MIME-Version: 1.0

--r
Content-Type: text/plain; charset=us-ascii; format=flowed

Your message came back.

--r
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.test

Final-Recipient: rfc822; ${n}@example.test
Action: failed
Status: 5.1.1

--r
Content-Type: text/rfc822-headers

${header(random, n)}
--r--
`;

const dots: Kind = (random, n) =>
  `${header(random, n)}\n.\n..\n.dot\nFrom here on\n>From there\n--\n${words(random, 3)}${n % 2 === 0 ? "" : "\n"}`;

const deep: Kind = (random, n) => {
  const depth = 2 + random(8);
  const open = Array.from(
    { length: depth },
    (_, level) => `Content-Type: multipart/mixed; boundary=deep${level}\n\n--deep${level}\n`,
  ).join("");
  const close = Array.from({ length: depth }, (_, level) => `\n--deep${depth - 1 - level}--\n`).join("");
  return `${header(random, n)}${open}Content-Type: text/plain\n\n${words(random, 3)}${close}`;
};

const subjects: Kind = (random, n) => {
  const some = [
    "Subject: folded\n\twith a tab\n  and spaces",
    "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\n =?iso-8859-1?Q?_=FC?= plain",
    'Subject: with "quotes" and \\ backslash',
    "Subject:",
    "Subject: Re: [list] Fwd: again (fwd)",
    "SUBJECT: in capitals",
  ];
  return `From: ${pick(random, ADDRESSES, "")}\nSender: ${pick(random, ADDRESSES, "")}\nReply-To: ${pick(random, ADDRESSES, "")}\nCc: ${pick(random, ADDRESSES, "")}\nDate: ${pick(random, DATES, "")}\n${pick(random, some, "")}\nX-Number: ${n}\n\n${lines(random, 2)}\n`;
};

const KINDS: readonly Kind[] = [
  plain,
  alternative,
  attachments,
  nested,
  brokenHeader,
  headerOnly,
  bodyOnly,
  longLines,
  charset,
  brokenMultipart,
  digest,
  report,
  dots,
  deep,
  subjects,
];

/** A small deterministic generator. */
function createRandom(seed: number): Random {
  let state = Math.imul(seed, 2_654_435_761) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
