import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { openInboundDoor } from "./inbound-door.ts";
import { deliver } from "./smtp-conversation.ts";

const host = "bounces.waxwing.test";

suite("answers are tied to their message", { timeout: 60_000 }, () => {
  test("one to the reply address says what was written, by whom, and to which message", async (t) => {
    const door = await openInboundDoor(t, {
      "elsewhere.test": { TXT: [["v=spf1 ip4:127.0.0.1 -all"]] },
      "_dmarc.elsewhere.test": { TXT: [["v=DMARC1; p=reject"]] },
    });
    const sent = await door.sendMessage(["ann@example.test", "bob@example.test"]);
    const to = [door.returnPaths.replyAddressFor({ messageId: sent.id, ordinal: 1 }, host)];
    const message =
      "From: Bob at home <bob@elsewhere.test>\nSubject: Re: Your order\n\nIt is broken!\n\nOn Mon, Nov 23, 2026 at 8:30 AM Shop <shop@waxwing.test> wrote:\n> Hello\n";
    await deliver(door.port, { from: "bob@elsewhere.test", to, message });
    const [event, ...more] = await door.events();
    assert.deepEqual(more, [], "it is told once");
    assert.equal(event?.type, "replied");
    assert.equal(event?.message_id, sent.id);
    assert.equal(event?.ordinal, 1);
    assert.deepEqual(event?.payload, {
      email: "bob@example.test",
      tags: ["order"],
      metadata: { order: "7" },
      from: "bob@elsewhere.test",
      subject: "Re: Your order",
      text: "It is broken!",
      class: "person",
      authentication: { spf: "pass", dkim: "none", dmarc: "pass" },
    });
    const [filed] = await door.filed();
    assert.equal(filed?.folder, "INBOX");
    assert.match(filed?.text ?? "", new RegExp(`^X-Waxwing-Message-Id: ${sent.id}\r$`, "m"));
    assert.match(filed?.text ?? "", /^X-Waxwing-Recipient: bob@example\.test\r$/m);
  });

  test("it goes to the mailbox the message was sent from, where there is one", async (t) => {
    const door = await openInboundDoor(t);
    const sent = await door.sendMessage(["ann@example.test"]);
    await door.db.pool.query(
      `UPDATE messages SET headers = jsonb_set(headers, '{from,address}', '"Sales@waxwing.test"')`,
    );
    const to = [door.returnPaths.replyAddressFor({ messageId: sent.id, ordinal: 0 }, host)];
    await deliver(door.port, { to, message: "From: ann@example.test\nSubject: Re: x\n\nHi.\n" });
    assert.deepEqual(
      (await door.filed()).map(({ mailbox }) => mailbox),
      ["sales@waxwing.test"],
    );
  });

  test("one to a message with a Message-ID of its own is found by its sender", async (t) => {
    const door = await openInboundDoor(t);
    const sent = await door.sendMessage(["ann@example.test"]);
    const other = await door.sendMessage(["bob@example.test"]);
    for (const [id, messageId] of [
      [sent.id, "<20261123.1@app.test>"],
      [other.id, "<20261123.2@app.test>"],
    ]) {
      await door.db.pool.query(
        "UPDATE messages SET headers = headers || jsonb_build_object('messageId', $2::text) WHERE id = $1",
        [id, messageId],
      );
    }
    const answer = (from: string, id: string): string =>
      `From: ${from}\nSubject: Re: Your order\nIn-Reply-To: ${id}\n\nThanks.\n`;
    const to = ["inbox@waxwing.test"];
    await deliver(door.port, { to, message: answer("Ann@example.test", "<20261123.1@app.test>") });
    await deliver(door.port, { to, message: answer("ann@example.test", "<20261123.2@app.test>") });
    await deliver(door.port, {
      to: ["inbox@other.test"],
      message: answer("ann@example.test", "<20261123.1@app.test>"),
    });
    assert.deepEqual(
      (await door.events()).map(({ type, message_id }) => [type, message_id]),
      [
        ["replied", sent.id],
        ["received", null],
        ["received", null],
      ],
    );
  });

  test("a challenge and an absence are classes of answers", async (t) => {
    const door = await openInboundDoor(t);
    const sent = await door.sendMessage(["ann@example.test"]);
    const message =
      "From: ann@example.test\nSubject: Out of office: Your order\nAuto-Submitted: auto-replied\n\nI am away.\n";
    await deliver(door.port, { from: "", to: sent.returnPaths, message });
    const [event] = await door.events("replied");
    assert.equal(event?.payload.class, "out-of-office");
    assert.equal(event?.ordinal, 0);
    assert.deepEqual(await door.states(sent.id), ["delivered"]);
    assert.equal((await door.filed())[0]?.folder, "Auto-replies");
  });
});
