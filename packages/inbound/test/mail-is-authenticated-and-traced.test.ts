import assert from "node:assert/strict";
import { test } from "node:test";
import { createSigningKey, signMessage } from "@waxwing/seal";
import { openInboundDoor } from "./inbound-door.ts";
import { deliver } from "./smtp-conversation.ts";

const to = ["inbox@waxwing.test"];

test("our own signatures are verified with the keys in the database", async (t) => {
  const door = await openInboundDoor(t);
  const header = "From: shop@waxwing.test\r\nSubject: Hello\r\nDate: Mon, 23 Nov 2026 06:00:00 +0000\r\n";
  const body = Buffer.from("Hi.\r\n");
  const signed = async (domain: string) => {
    const keys = [createSigningKey({ domain, selector: "wax1", privateKey: door.privateKey })];
    const signature = await signMessage({ header, body, keys, now: new Date() });
    return Buffer.from(`${signature}${header}\r\n${body}`);
  };
  await deliver(door.port, { to, message: await signed("waxwing.test") });
  await deliver(door.port, {
    to,
    message: Buffer.concat([await signed("waxwing.test"), Buffer.from("!\r\n")]),
  });
  await deliver(door.port, { to, message: await signed("victim.test") });
  const [genuine, changed, unverified] = (await door.events("received")).map(
    ({ payload }) => (payload.authentication as Record<string, string>).dkim,
  );
  assert.equal(genuine, "pass");
  assert.notEqual(changed, "pass");
  assert.notEqual(unverified, "pass", "the key of a domain that was never verified proves nothing");
  const [filed] = await door.filed();
  assert.match(filed?.text ?? "", /^Authentication-Results: mx\.waxwing\.test;\r\n dkim=pass/m);
});

test("mail that its From domain disowns is junk", async (t) => {
  const door = await openInboundDoor(t, {
    "bank.test": { TXT: [["v=spf1 -all"]] },
    "_dmarc.bank.test": { TXT: [["v=DMARC1; p=quarantine"]] },
  });
  await deliver(door.port, { from: "a@bank.test", to, message: "From: a@bank.test\nSubject: money\n\nx\n" });
  const [filed] = await door.filed();
  assert.equal(filed?.folder, "Junk");
  assert.match(filed?.text ?? "", /dmarc=fail/);
});

test("the trace says how the mail came, and nobody else's fields pass for ours", async (t) => {
  const door = await openInboundDoor(t);
  const spoofed = [
    "Authentication-Results: mx.waxwing.test; dkim=pass header.d=bank.test",
    "Authentication-Results: elsewhere.test; dkim=none",
    "X-Waxwing-Message-Id: 00000000-0000-7000-8000-000000000000",
    "x-waxwing-RECIPIENT : victim@example.test",
    "X-Waxwing-Colour: blue",
    "From: ann@example.test",
    "Subject: Hello",
    "",
    "Hi.",
    "",
  ].join("\n");
  await deliver(door.port, { helo: "evil)(by.mx.waxwing.test;", to, message: spoofed });
  const [filed] = await door.filed();
  const text = filed?.text ?? "";
  const [header = ""] = text.split("\r\n\r\n", 1);
  assert.match(
    header,
    /^Return-Path: <ann@example\.test>\r\nAuthentication-Results: mx\.waxwing\.test;[\s\S]*?\r\nReceived: from evil\?\?by\.mx\.waxwing\.test\? \(\[127\.0\.0\.1\]\)\r\n by mx\.waxwing\.test with ESMTP id [0-9a-f-]{36}\r\n for <inbox@waxwing\.test>;\r\n \w{3}, \d{2} \w{3} \d{4} [\d:]{8} \+0000\r\n/,
  );
  assert.doesNotMatch(header, /bank\.test|victim@|00000000-0000-7000/);
  assert.match(header, /elsewhere\.test; dkim=none\r\nX-Waxwing-Colour: blue\r\nFrom:/);
});

test("a message in a loop is refused", async (t) => {
  const door = await openInboundDoor(t);
  const hops = (count: number) =>
    `${"Received: from a by b; Mon, 23 Nov 2026 06:00:00 +0000\n".repeat(count)}From: ann@example.test\n\nx\n`;
  assert.match((await deliver(door.port, { to, message: hops(51) })).data, /^554 5\.4\.6/);
  assert.match((await deliver(door.port, { to, message: hops(50) })).data, /^250/);
});
