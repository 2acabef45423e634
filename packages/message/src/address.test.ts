import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMailbox, parseMailboxList } from "./address.ts";

const accepted: readonly (readonly [title: string, input: string, address: string, name?: string])[] = [
  ["a plain address", "a@b.test", "a@b.test"],
  ["spaces around it", "  a@b.test ", "a@b.test"],
  ["a name before it", "Shop <shop@waxwing.test>", "shop@waxwing.test", "Shop"],
  ["a quoted name with a comma", '"Q, X" <q@x.test>', "q@x.test", "Q, X"],
  ["a quoted name with quotes", '"The \\"Q\\"" <q@x.test>', "q@x.test", 'The "Q"'],
  ["a quoted name with an angle bracket", '"a <b" <q@x.test>', "q@x.test", "a <b"],
  ["a name beyond ASCII", "Jürgen <j@x.test>", "j@x.test", "Jürgen"],
  ["an encoded name", "=?utf-8?Q?J=C3=BCrgen?= <j@x.test>", "j@x.test", "Jürgen"],
  ["brackets without a name", "<a@b.test>", "a@b.test"],
  ["upper case in the domain", "A@B.Test", "A@b.test"],
  ["an internationalised domain", "a@bücher.test", "a@xn--bcher-kva.test"],
  ["an internationalised local part", "jürgen@x.test", "jürgen@x.test"],
  ["a quoted local part", '"a b"@x.test', '"a b"@x.test'],
  ["a quoted @ in the local part", '"a@b"@x.test', '"a@b"@x.test'],
  ["needless quotes", '"ab"@x.test', "ab@x.test"],
  ["every atext character", "!#$%&'*+-/=?^_`{|}~@x.test", "!#$%&'*+-/=?^_`{|}~@x.test"],
  ["64 octets before the @", `${"a".repeat(64)}@x.test`, `${"a".repeat(64)}@x.test`],
];

for (const [title, input, address, name] of accepted) {
  test(`a mailbox may be ${title}`, () => {
    const parsed = parseMailbox(input);
    assert.equal(parsed.kind, "mailbox", JSON.stringify(parsed));
    if (parsed.kind !== "mailbox") return;
    assert.equal(parsed.address, address);
    assert.equal(parsed.name, name);
    assert.equal(parsed.address, `${parsed.localPart}@${parsed.domain}`);
    const again = parseMailbox(parsed.address);
    assert.equal(again.kind === "mailbox" && again.address, address, "its own address reads back the same");
  });
}

const refused: readonly (readonly [input: string, reason: RegExp])[] = [
  ["", /is empty/],
  ["   ", /is empty/],
  ["ab.test", /has no @/],
  ["a@b@c.test", /more than one @/],
  ["@b.test", /nothing before the @/],
  ['""@b.test', /nothing before the @/],
  ["a@", /nothing after the @/],
  ["a@localhost", /without a dot/],
  ["a@b.test.", /ends with a dot/],
  ["a@.b.test", /starts with a dot/],
  ["a@b..test", /two dots/],
  [".a@b.test", /starts with a dot/],
  ["a.@b.test", /dot right before/],
  ["a..b@b.test", /two dots/],
  ["a b@b.test", /before the @/],
  ["a@-b.test", /hyphen/],
  ["a@b_c.test", /not allowed/],
  ["a@[127.0.0.1]", /brackets/],
  ["a@127.0.0.1", /IP address/],
  ["a@１２７.0.0.1", /IP address/],
  ["a@b.test\r\nBcc: x@y.test", /CR or LF/],
  ["a\n@b.test", /CR or LF/],
  ["a\0@b.test", /control/],
  ["a\u0085@b.test", /control/],
  ["A\tB <a@b.test>", /control/],
  ["\ud800@b.test", /Unicode/],
  ["=?utf-8?Q?a=0D=0AB?= <a@b.test", /without a closing/],
  ["a@b.test>", /without an opening/],
  ['"a <a@b.test>', /quote/],
  ['"a" b <a@b.test>', /between/],
  ["Q, X <q@x.test>", /display name/],
  [`${"a".repeat(65)}@x.test`, /64 octets/],
  [`${"ü".repeat(33)}@x.test`, /64 octets/],
  [`a@${"a".repeat(64)}.test`, /63/],
  [`a@${`${"a".repeat(60)}.`.repeat(5)}test`, /253/],
  [`${"a".repeat(64)}@${`${"a".repeat(60)}.`.repeat(3)}testing`, /254/],
  [`${"x".repeat(513)} <a@b.test>`, /512/],
  ["a".repeat(2_001), /too long/],
];

for (const [input, reason] of refused) {
  test(`${JSON.stringify(input.slice(0, 40))} is refused: ${reason.source}`, () => {
    const parsed = parseMailbox(input);
    assert.equal(parsed.kind, "invalid");
    if (parsed.kind === "invalid") assert.match(parsed.reason, reason);
  });
}

test("only a local part beyond ASCII needs SMTPUTF8", () => {
  const needs = (input: string): boolean => {
    const parsed = parseMailbox(input);
    return parsed.kind === "mailbox" && parsed.needsSmtpUtf8;
  };
  assert.equal(needs("jürgen@x.test"), true);
  assert.equal(needs("Jürgen <j@bücher.test>"), false);
});

test("a list is cut at the commas outside quotes, and says which entry is wrong", () => {
  const parsed = parseMailboxList('"Q, X" <q@x.test>, a@b.test,<c@d.test>');
  assert.equal(parsed.kind, "mailboxes");
  if (parsed.kind === "mailboxes") {
    assert.deepEqual(
      parsed.mailboxes.map((mailbox) => mailbox.address),
      ["q@x.test", "a@b.test", "c@d.test"],
    );
  }
  assert.deepEqual(parseMailboxList("a@b.test, nobody"), { kind: "invalid", reason: "has no @", index: 1 });
  assert.equal(parseMailboxList("a@b.test,".repeat(2_000)).kind, "invalid");
});
