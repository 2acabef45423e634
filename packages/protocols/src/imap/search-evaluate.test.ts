import assert from "node:assert/strict";
import { test } from "node:test";
import type { MessageRow } from "../mailbox-session.ts";
import { type Match, searchMatcher } from "./search-evaluate.ts";
import type { SearchKey } from "./search-program.ts";

const raw = Buffer.from(
  [
    "From: =?iso-8859-1?Q?J=FCrgen?= <j@example.test>",
    "Subject: =?utf-8?B?R3LDvMOf?=",
    " =?utf-8?B?ZQ==?=",
    "Date: Wed, 4 Mar 2026 23:30:00 -0500",
    "Content-Type: text/plain; charset=iso-8859-1",
    "Content-Transfer-Encoding: quoted-printable",
    "",
    "Sch=F6n, dass es=",
    " geht",
  ].join("\r\n"),
);
const summary: MessageRow = {
  uid: 7,
  flags: ["\\Seen", "$Label"],
  modseq: 12,
  saveDate: null,
  internalDate: new Date("2026-03-05T04:30:00Z"),
  sizeBytes: raw.length,
};
const row: MessageRow = { ...summary, raw };

const CASES: readonly (readonly [name: string, key: SearchKey, withRaw: boolean, withoutRaw: Match])[] = [
  ["a flag in another case", { kind: "flag", flag: "\\seen" }, true, true],
  ["a keyword", { kind: "flag", flag: "$label" }, true, true],
  ["UIDs", { kind: "uids", ranges: [{ first: 1, last: 7 }] }, true, true],
  ["a modseq", { kind: "modseq", atLeast: 13 }, false, false],
  ["larger", { kind: "larger", sizeBytes: raw.length }, false, false],
  ["smaller", { kind: "smaller", sizeBytes: raw.length + 1 }, true, true],
  ["arrived on", { kind: "internal-date", is: "on", date: "2026-03-05" }, true, true],
  ["arrived before", { kind: "internal-date", is: "before", date: "2026-03-05" }, false, false],
  ["sent on, in the sender's zone", { kind: "sent-date", is: "on", date: "2026-03-04" }, true, "unknown"],
  [
    "a subject over two encoded words",
    { kind: "header", name: "subject", value: "grüsse" },
    false,
    "unknown",
  ],
  ["a subject with ß", { kind: "header", name: "subject", value: "GRÜßE" }, true, "unknown"],
  ["a name in Latin-1", { kind: "header", name: "from", value: "jürgen" }, true, "unknown"],
  ["a field that exists", { kind: "header", name: "date", value: "" }, true, "unknown"],
  ["a field that does not", { kind: "header", name: "x-none", value: "" }, false, "unknown"],
  ["a body over a soft break", { kind: "body", value: "SCHÖN, dass es geht" }, true, "unknown"],
  ["a body does not look at the header", { kind: "body", value: "example.test" }, false, "unknown"],
  ["a text does", { kind: "text", value: "example.test" }, true, "unknown"],
  ["not, over what is unknown", { kind: "not", key: { kind: "body", value: "x" } }, true, "unknown"],
  [
    "and stops at false",
    { kind: "and", keys: [{ kind: "body", value: "x" }, { kind: "none" }] },
    false,
    false,
  ],
  [
    "or stops at true",
    { kind: "or", left: { kind: "body", value: "x" }, right: { kind: "all" } },
    true,
    true,
  ],
  [
    "or with one unknown",
    { kind: "or", left: { kind: "none" }, right: { kind: "body", value: "geht" } },
    true,
    "unknown",
  ],
];

for (const [name, key, withRaw, withoutRaw] of CASES) {
  test(name, () => {
    assert.equal(searchMatcher(key)(row), withRaw);
    assert.equal(searchMatcher(key)(summary), withoutRaw);
  });
}
