import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMailCommand } from "./mail-command.ts";
import { decodeXtext } from "./parameters.ts";
import { parseRcptCommand } from "./rcpt-command.ts";

const offers = { auth: true, dsn: true, requireTls: true, sizeLimitBytes: 1000 };
const plain = { auth: false, dsn: false, requireTls: false, sizeLimitBytes: 1000 };

test("every MAIL parameter", () => {
  const line =
    "mail from: <a@b.test> SIZE=1000 BODY=8bitmime SMTPUTF8 RET=hdrs ENVID=a+2Bb AUTH=<> REQUIRETLS";
  assert.deepEqual(parseMailCommand(Buffer.from(line), offers), {
    kind: "ok",
    sender: {
      address: "a@b.test",
      sizeBytes: 1000,
      body: "8BITMIME",
      smtpUtf8: true,
      requireTls: true,
      ret: "HDRS",
      envid: "a+2Bb",
    },
  });
  assert.equal(decodeXtext("a+2Bb"), "a+b");
});

test("every RCPT parameter", () => {
  const line = Buffer.from("RCPT TO:<a@b.test> NOTIFY=success,DELAY ORCPT=rfc822;a+2Bx@b.test");
  assert.deepEqual(parseRcptCommand(line, offers, false), {
    kind: "ok",
    recipient: { address: "a@b.test", notify: ["SUCCESS", "DELAY"], orcpt: "rfc822;a+2Bx@b.test" },
  });
});

const mail = [
  ["MAIL FROM:<a@b.test> SIZE=x", 501, "5.5.4"],
  ["MAIL FROM:<a@b.test> SIZE", 501, "5.5.4"],
  ["MAIL FROM:<a@b.test> SIZE=1 SIZE=1", 501, "5.5.4"],
  ["MAIL FROM:<a@b.test> SIZE=1001", 552, "5.3.4"],
  ["MAIL FROM:<a@b.test> SIZE=99999999999999999999", 552, "5.3.4"],
  ["MAIL FROM:<a@b.test> BODY=BINARYMIME", 501, "5.5.4"],
  ["MAIL FROM:<a@b.test> SMTPUTF8=1", 501, "5.5.4"],
  ["MAIL FROM:<a@b.test> RET=ALL", 501, "5.5.4"],
  ["MAIL FROM:<a@b.test> ENVID=a+0D+0Ab", 501, "5.5.4"],
  [`MAIL FROM:<a@b.test> ENVID=${"e".repeat(101)}`, 501, "5.5.4"],
  ["MAIL FROM:<a@b.test> =x", 501, "5.5.4"],
  ["MAIL FROM:<a@b.test> __proto__=x", 501, "5.5.4"],
  ["MAIL FROM:<a@b.test> CONSTRUCTOR=x", 555, "5.5.4"],
  ["MAIL FROM:<postmaster>", 501, "5.1.7"],
  ["MAIL FROM:<jürgen@b.test>", 553, "5.6.7"],
  ["MAIL TO:<a@b.test>", 501, "5.1.7"],
  ["MAIL", 501, "5.1.7"],
] as const;

for (const [line, code, enhanced] of mail) {
  test(`${line.slice(0, 60)} is ${code} ${enhanced}`, () => {
    const parsed = parseMailCommand(Buffer.from(line), offers);
    assert.deepEqual(parsed.kind === "refuse" && [parsed.code, parsed.enhanced], [code, enhanced]);
  });
}

const rcpt = [
  ["RCPT TO:<a@b.test> NOTIFY=NEVER,DELAY", 501, "5.5.4"],
  ["RCPT TO:<a@b.test> NOTIFY", 501, "5.5.4"],
  ["RCPT TO:<a@b.test> NOTIFY=ALWAYS", 501, "5.5.4"],
  ["RCPT TO:<a@b.test> ORCPT=rfc822", 501, "5.5.4"],
  ["RCPT TO:<a@b.test> ORCPT=rfc822;a+0Ab", 501, "5.5.4"],
  ["RCPT TO:<a@b.test> SIZE=1", 555, "5.5.4"],
  ["RCPT TO:<>", 501, "5.1.3"],
  ["RCPT TO:<jürgen@b.test>", 553, "5.6.7"],
] as const;

for (const [line, code, enhanced] of rcpt) {
  test(`${line} is ${code} ${enhanced}`, () => {
    const parsed = parseRcptCommand(Buffer.from(line), offers, false);
    assert.deepEqual(parsed.kind === "refuse" && [parsed.code, parsed.enhanced], [code, enhanced]);
  });
}

test("what is not offered is not taken", () => {
  for (const parameter of ["RET=FULL", "ENVID=x", "AUTH=<>", "REQUIRETLS"]) {
    const parsed = parseMailCommand(Buffer.from(`MAIL FROM:<> ${parameter}`), plain);
    assert.equal(parsed.kind === "refuse" && parsed.code, 555, parameter);
  }
  const parsed = parseRcptCommand(Buffer.from("RCPT TO:<postmaster> NOTIFY=NEVER"), plain, false);
  assert.equal(parsed.kind === "refuse" && parsed.code, 555);
});

test("octets that are not UTF-8 are no address", () => {
  const line = Buffer.concat([
    Buffer.from("MAIL FROM:<a"),
    Buffer.of(0xff),
    Buffer.from("@b.test> SMTPUTF8"),
  ]);
  assert.equal(parseMailCommand(line, offers).kind, "refuse");
});
