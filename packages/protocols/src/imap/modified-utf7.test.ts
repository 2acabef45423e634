import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeModifiedUtf7, encodeModifiedUtf7 } from "./modified-utf7.ts";

const PAIRS: readonly (readonly [name: string, wire: string])[] = [
  ["INBOX", "INBOX"],
  ["Entwürfe", "Entw&APw-rfe"],
  ["A & B", "A &- B"],
  // RFC 3501 §5.1.3's own example
  ["~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"],
  ["😀", "&2D3eAA-"],
  ["", ""],
];

for (const [name, wire] of PAIRS) {
  test(`${name || "the empty name"} both ways`, () => {
    assert.equal(encodeModifiedUtf7(name), wire);
    assert.equal(decodeModifiedUtf7(wire), name);
  });
}

for (const wire of ["&", "&AP", "&A-", "&!!-", "x&2D0-", "ü", "a\0b", "&AAA-"]) {
  test(`${JSON.stringify(wire)} is refused`, () => assert.equal(decodeModifiedUtf7(wire), null));
}
