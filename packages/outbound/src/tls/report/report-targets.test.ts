import assert from "node:assert/strict";
import { test } from "node:test";
import { readReportRecord } from "./report-targets.ts";

const cases: readonly (readonly [
  records: readonly string[],
  mailboxes: readonly string[],
  urls?: readonly string[],
])[] = [
  [["v=TLSRPTv1; rua=mailto:reports@example.com"], ["reports@example.com"]],
  [["v=TLSRPTv1;rua=mailto:a@b.example?subject=x"], ["a@b.example"]],
  [
    ["v=TLSRPTv1; rua=https://tls.example/v1 , mailto:a%2bb@c.example;"],
    ["a+b@c.example"],
    ["https://tls.example/v1"],
  ],
  [["v=spf1 -all", "v=TLSRPTv1; rua=mailto:a@b.example"], ["a@b.example"]],
  // Two are as good as none.
  [["v=TLSRPTv1; rua=mailto:a@b.example", "v=TLSRPTv1; rua=mailto:c@b.example"], []],
  [["v=TLSRPTv2; rua=mailto:a@b.example"], []],
  [["v=TLSRPTv1; rua=http://plain.example/, ftp://a.example, https://u:p@b.example, mailto:no one"], []],
  [["v=TLSRPTv1; rua=mailto:%zz@b.example, mailto:a%0d%0aBcc:x@b.example"], []],
  [["v=TLSRPTv1;"], []],
  [
    [`v=TLSRPTv1; rua=${Array.from({ length: 50 }, (_, n) => `mailto:a${n}@b.example`)}`],
    [0, 1, 2, 3].map((n) => `a${n}@b.example`),
  ],
];
for (const [records, mailboxes, urls = []] of cases) {
  test(records.join(" | ").slice(0, 100), () => {
    const expected =
      mailboxes.length + urls.length === 0 ? { kind: "none" } : { kind: "targets", mailboxes, urls };
    assert.deepEqual(readReportRecord(records.map((text) => [text])), expected);
  });
}
