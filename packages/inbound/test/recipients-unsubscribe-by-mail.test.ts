import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type InboundDoor, openInboundDoor } from "./inbound-door.ts";
import { deliver } from "./smtp-conversation.ts";

const host = "bounces.waxwing.test";
const zone = {
  "example.test": { TXT: [["v=spf1 ip4:127.0.0.1 -all"]] },
  "_dmarc.example.test": { TXT: [["v=DMARC1; p=reject"]] },
};
const stop = (from: string, messageId = ""): string =>
  `From: ${from}\nSubject: Re: Your order\n${messageId === "" ? "" : `In-Reply-To: ${messageId}\n`}\nunsubscribe\n`;

const left = async (door: InboundDoor) =>
  (
    await door.db.pool.query<{ address: string; group_id: number; message_id: string }>(
      "SELECT address, group_id, message_id FROM suppressions WHERE reason = 'unsubscribed' ORDER BY address",
    )
  ).rows;

suite("recipients unsubscribe by mail", { timeout: 60_000 }, () => {
  test("by the address of List-Unsubscribe, from the group of the message, told once", async (t) => {
    const door = await openInboundDoor(t);
    const sent = await door.sendMessage(["ann@example.test", "bob@example.test"]);
    await door.db.pool.query(`UPDATE messages SET options = '{"unsubscribe":{"group":12}}'`);
    const to = [door.returnPaths.unsubscribeAddressFor({ messageId: sent.id, ordinal: 1 }, host)];
    for (let at = 0; at < 2; at++) {
      // What a mail program sends that knows no better: nothing.
      await deliver(door.port, { to, message: "From: bob@forwarded.test\nSubject: \n\n" });
    }
    assert.deepEqual(await left(door), [{ address: "bob@example.test", group_id: 12, message_id: sent.id }]);
    const [event, ...more] = await door.events("unsubscribed");
    assert.deepEqual(more, []);
    assert.equal(event?.ordinal, 1);
    assert.equal(event?.payload.group, 12);
    assert.deepEqual(await door.events("replied"), []);
  });

  test("by an answer to the reply address, from all mail where there is no group", async (t) => {
    const door = await openInboundDoor(t);
    const sent = await door.sendMessage(["ann@example.test"]);
    const to = [door.returnPaths.replyAddressFor({ messageId: sent.id, ordinal: 0 }, host)];
    await deliver(door.port, { to, message: stop("ann@home.test") });
    assert.deepEqual(await left(door), [{ address: "ann@example.test", group_id: 0, message_id: sent.id }]);
    const [reply] = await door.events("replied");
    assert.equal(reply?.payload.class, "unsubscribe");
  });

  test("by an answer that only names the message, when DMARC vouches for its sender", async (t) => {
    const door = await openInboundDoor(t, zone);
    const sent = await door.sendMessage(["ann@example.test", "bob@example.test"]);
    const to = ["inbox@waxwing.test"];
    const forgeries = [
      // From another address; from the recipient's, but not sent by its domain; by somebody else who got the message.
      { from: "eve@example.test", message: stop("eve@example.test", sent.messageId) },
      { from: "eve@elsewhere.test", message: stop("ann@example.test", sent.messageId) },
      { from: "ann@example.test", message: stop("ann@example.test, bob@example.test", sent.messageId) },
      { from: "ann@example.test", message: stop("ann@example.test") },
    ];
    for (const forgery of forgeries) await deliver(door.port, { ...forgery, to });
    assert.deepEqual(await left(door), []);
    await deliver(door.port, {
      from: "ann@example.test",
      to,
      message: stop("Ann <ann@example.test>", sent.messageId),
    });
    assert.deepEqual(await left(door), [{ address: "ann@example.test", group_id: 0, message_id: sent.id }]);
  });

  test("not by what programs write", async (t) => {
    const door = await openInboundDoor(t);
    const sent = await door.sendMessage(["ann@example.test"]);
    const to = [door.returnPaths.unsubscribeAddressFor({ messageId: sent.id, ordinal: 0 }, host)];
    const message =
      "From: ann@example.test\nSubject: Automatic reply: unsubscribe\nAuto-Submitted: auto-replied\n\nI am away.\n";
    await deliver(door.port, { from: "", to, message });
    assert.deepEqual(await left(door), []);
  });
});
