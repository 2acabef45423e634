import assert from "node:assert/strict";
import { test } from "node:test";
import { createDnsZone, type Zone } from "@waxwing/testkit";
import { sealMessage } from "mailauth";
import { type AuthenticateInput, authenticateMessage, createKeyMemory, signMessage } from "../src/index.ts";
import { keyRecords, rsaKey, rsaPem } from "./signed-by.ts";

const zone: Zone = {
  ...keyRecords,
  "waxwing.test": { TXT: [["v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 -all"]], A: ["192.0.2.1"] },
  "_dmarc.waxwing.test": { TXT: [["v=DMARC1; p=reject"]] },
  "mx.other.test": { TXT: [["v=spf1 -all"]] },
};
const header = "From: shop@waxwing.test\r\nSubject: hello\r\nDate: Thu, 13 Feb 2025 12:00:00 +0000\r\n";
const body = Buffer.from("hello\r\n");
const unsigned = Buffer.from(`${header}\r\nhello\r\n`);
const signed = Buffer.concat([
  Buffer.from(await signMessage({ header, body, keys: [rsaKey], now: new Date("2025-02-13") })),
  unsigned,
]);

const authenticate = (raw: Buffer, more: Partial<AuthenticateInput> = {}) =>
  authenticateMessage({
    raw,
    remoteIp: "192.0.2.1",
    helo: "mail.waxwing.test",
    mailFrom: "b+token@waxwing.test",
    mta: "mx.example.test",
    resolver: createDnsZone(zone),
    keys: createKeyMemory(),
    ...more,
  });

const assertHeader = (text: string): void => {
  assert.match(text, /^Authentication-Results: mx\.example\.test;\r\n[ \t]/);
  assert.match(text, /[^\r\n]\r\n$/);
  assert.doesNotMatch(text.slice(0, -2), /\r\n[^ \t]|[^\r]\n|\r[^\n]/);
};

test("a signed message from the right host passes everything", async () => {
  const results = await authenticate(signed);
  assert.deepEqual(
    { ...results, header: "" },
    {
      spf: { result: "pass", domain: "waxwing.test" },
      dkim: [{ result: "pass", domain: "waxwing.test", selector: "r1" }],
      dmarc: { result: "pass", policy: "reject", domain: "waxwing.test" },
      arc: { result: "none" },
      header: "",
    },
  );
  assertHeader(results.header);
  for (const part of [/spf=pass/, /dkim=pass/, /dmarc=pass/]) assert.match(results.header, part);
});

test("an unsigned message from a wrong host fails DMARC with the domain's policy", async () => {
  const results = await authenticate(unsigned, { remoteIp: "203.0.113.9" });
  assert.equal(results.spf.result, "fail");
  assert.deepEqual(results.dmarc, { result: "fail", policy: "reject", domain: "waxwing.test" });
  assert.deepEqual(
    results.dkim.filter((signature) => signature.result === "pass"),
    [],
  );
});

test("a changed body fails DKIM but not an aligned SPF", async () => {
  const results = await authenticate(Buffer.concat([signed, Buffer.from("more\r\n")]));
  assert.notEqual(results.dkim[0]?.result, "pass");
  assert.match(results.dkim[0]?.reason ?? "", /body hash/);
  assert.equal(results.dmarc.result, "pass");
});

test("a bounce is checked by its HELO name", async () => {
  const results = await authenticate(unsigned, { mailFrom: "", helo: "mx.other.test" });
  assert.deepEqual(results.spf, { result: "fail", domain: "mx.other.test" });
});

test("a DNS failure is a temperror, not a verdict", async () => {
  const failing = createDnsZone({
    "waxwing.test": { error: "ESERVFAIL" },
    "r1._domainkey.waxwing.test": { error: "ESERVFAIL" },
    "_dmarc.waxwing.test": { error: "ESERVFAIL" },
  });
  const results = await authenticate(signed, { resolver: failing });
  assert.equal(results.spf.result, "temperror");
  assert.equal(results.dkim[0]?.result, "temperror");
  assert.equal(results.dmarc.result, "temperror");
});

test("a DNS that never answers ends at the time limit, or when the caller says so", async () => {
  const silent = (): Promise<unknown> => new Promise(() => {});
  const late = await authenticate(signed, { resolver: silent, timeoutMs: 20 });
  assert.equal(late.spf.result, "temperror");
  assert.equal(late.dmarc.result, "temperror");
  const aborted = await authenticate(signed, { resolver: silent, signal: AbortSignal.abort() });
  assert.equal(aborted.dkim[0]?.result, "temperror");
});

test("fields of the sender's own do not speak for the client", async () => {
  const forged = Buffer.concat([
    Buffer.from("Return-Path: <x@waxwing.test>\r\nReceived: from mail.waxwing.test ([192.0.2.1]) by us\r\n"),
    unsigned,
  ]);
  assert.equal((await authenticate(forged, { remoteIp: "203.0.113.9", mailFrom: "" })).dmarc.result, "fail");
});

const repeat = (piece: string, bytes: number): string => piece.repeat(Math.ceil(bytes / piece.length));
const signatureLine = signed.subarray(0, signed.length - unsigned.length).toString();
const hostile: readonly (readonly [title: string, raw: string])[] = [
  ["nothing", ""],
  ["no header", "\r\n\r\nhello"],
  ["no From", "Subject: x\r\n\r\n"],
  ["many Froms", `${repeat("From: a@waxwing.test\r\n", 50_000)}\r\n`],
  ["a From of brackets", `From: ${repeat("<", 10_000)}\r\n\r\n`],
  ["a From of quotes", `From: ${repeat('"', 10_000)}\r\n\r\n`],
  ["a From of open groups", `From: ${repeat("a:", 10_000)}\r\n\r\n`],
  ["a From of comments", `From: ${repeat("(", 10_000)}\r\n\r\n`],
  ["a header of 3 MB", `From: a@waxwing.test\r\nX: ${repeat("x\r\n y", 3_000_000)}\r\n\r\n`],
  ["one header line of 1 MB", `X: ${repeat("x", 1_000_000)}\r\n\r\n`],
  ["a first line of spaces", `a${repeat(" ", 16_000)}b\r\n\r\n`],
  ["CRs in the header", `From: a@waxwing.test\r\n${repeat("\r", 16_000)}b: c\r\n\r\n`],
  ["a header of folds", `From: a@waxwing.test\r\nX: ${repeat("\r\n b", 11_000)}\r\n\r\n`],
  ["1,000 signatures", `${repeat(signatureLine, 200_000)}${unsigned}`],
  [
    "signatures with long lists",
    `${repeat(`DKIM-Signature: v=1; a=rsa-sha256; d=waxwing.test; s=r1; bh=x; b=y; h=${repeat("a:", 8_000)}from\r\n`, 90_000)}${repeat("a:\r\n", 10_000)}\r\nx`,
  ],
  [
    "1,000 ARC sets",
    `${repeat("ARC-Seal: i=1; a=rsa-sha256; cv=none; d=waxwing.test; s=r1; b=x\r\n", 60_000)}${unsigned}`,
  ],
  ["one body line of 8 MB", `${signatureLine}${header}\r\n${repeat("x ", 8_000_000)}`],
  ["a body of bare LFs", `${signatureLine}${header}\r\n${repeat("\n", 4_000_000)}`],
  [
    "prototype tags",
    `DKIM-Signature: __proto__=1; constructor=2; toString=3; v=1; a=rsa-sha256; d=__proto__; s=constructor; h=from; bh=x; b=y\r\n${unsigned}`,
  ],
  ["NULs", `From: \0@\0\r\n\0: \0\r\n\r\n\0`],
];
for (const [title, text] of hostile) {
  test(`a message of ${title} is authenticated within bounds`, async () => {
    const resolver = createDnsZone(zone);
    const started = process.cpuUsage();
    const results = await authenticate(Buffer.from(text, "latin1"), { resolver });
    const cpu = process.cpuUsage(started);
    assert.ok(cpu.user + cpu.system < 4_000_000, `${(cpu.user + cpu.system) / 1000} ms`);
    assert.notEqual(results.dmarc.result, undefined);
    assert.ok(results.dkim.length <= 10);
    assert.ok(resolver.queries.length <= 150);
    assertHeader(results.header);
  });
}

test("a chain sealed by a forwarder passes, and a changed one fails", async () => {
  const seal = {
    signingDomain: "waxwing.test",
    selector: "r1",
    privateKey: rsaPem,
    cv: "none",
    authResults: "lists.example.test; spf=pass",
  };
  const sealed = Buffer.concat([await sealMessage(unsigned, seal), unsigned]);
  assert.equal((await authenticate(sealed)).arc.result, "pass");
  assert.equal((await authenticate(Buffer.concat([sealed, Buffer.from("more\r\n")]))).arc.result, "fail");
});
