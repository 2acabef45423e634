const WORDS =
  "account alpha beta customer delta failed gamma invoice meeting newsletter order payment reply report schedule shipping ticket update weekly".split(
    " ",
  );

/** The nth message of the bench, some 5 KB: multipart/alternative with fields as mail that has come a long way. */
export function benchMail(n: number): Buffer {
  let seed = n * 2_654_435_761;
  const word = (): string => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return WORDS[seed % WORDS.length] ?? "";
  };
  const words = (count: number): string => Array.from({ length: count }, word).join(" ");
  const lines = (count: number): string => Array.from({ length: count }, () => words(9)).join("\r\n");
  return Buffer.from(
    `Return-Path: <b+${n}@bounces.example${n % 97}.test>
Received: from mail.example${n % 97}.test (mail.example${n % 97}.test [192.0.2.${n % 250}])
 by bench.waxwing.test with ESMTPS id ${n.toString(36)}; Wed, 4 Mar 2026 05:06:07 +0000
From: ${words(2)} <user${n % 5_000}@example${n % 97}.test>
To: Bench <inbox@waxwing.test>
Subject: ${words(4)} ${n}
Date: Wed, 4 Mar 2026 05:06:07 +0000
Message-ID: <${n}.${word()}@example${n % 97}.test>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_${n}"

--=_${n}
Content-Type: text/plain; charset=utf-8

${lines(22)}
--=_${n}
Content-Type: text/html; charset=utf-8

<html><body><p>${lines(40)}</p></body></html>
--=_${n}--
`.replaceAll(/\r?\n/g, "\r\n"),
  );
}
